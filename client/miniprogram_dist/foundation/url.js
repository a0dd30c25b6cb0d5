function withQuery(path,query){const given=query||{}
const pairs=Object.keys(given).filter((name)=>given[name]!==undefined&&given[name]!==null)
.map((name)=>encodeURIComponent(name)+'='+encodeURIComponent(given[name])).join('&')
return pairs?path+(path.indexOf('?')<0?'?':'&')+pairs:path}
function resolve(base,path){const absolute=/^([a-z][a-z0-9+.-]*:|[\\/]{2})/i.test(path)
const url=absolute?path:base+(/^(\/|$)/.test(path)?'':'/')+path
const rest=url.slice(base.length)
return{url,own:url.indexOf(base)===0&&/^([/?#]|$)/.test(rest)&&!/[/\\](\.|%2e){2}([/\\?#]|$)/i.test(rest)}}
function lowered(header){const all={}
const given=header||{}
for(const name of Object.keys(given))all[name.toLowerCase()]=String(given[name])
return all}
function listed(list,path){const bare=path.split(/[?#]/)[0]
return list.some((entry)=>entry instanceof RegExp?entry.test(bare)
:entry.slice(-1)==='*'?bare.indexOf(entry.slice(0,-1))===0:bare===entry)}
module.exports={resolve,withQuery,lowered,listed}
