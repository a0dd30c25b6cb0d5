const{withQuery}=require('../foundation/url')
const{abortable}=require('../foundation/task')
const STACK=10
const LIMIT=5000
function addressOf(page){const query=Object.keys(page.options||{}).map((name)=>name+'='+page.options[name]).join('&')
return '/'+page.route+(query&&'?'+query)}
function openAuthPage(host,authPage){const pages=host.pages()
const page=pages[pages.length-1]
const under=pages.length<STACK
const url=withQuery(authPage,{backTo:page&&addressOf(page)})
return{under,opened:host.call(host.fn(under?'navigateTo':'redirectTo'),{url},LIMIT)}}
function leaveAuthPage(host,under,backTo,keep){if(under||!backTo)return host.call(host.fn('navigateBack'),{},LIMIT)
const[path,query='']=backTo.split('?')
return host.call(host.fn('redirectTo'),{url:backTo},LIMIT).catch(()=>{keep(query)
return host.call(host.fn('switchTab'),{url:path},LIMIT)})}
function hook(page,name,action){const own=page[name]
page[name]=function(){page[name]=own
action()
return own&&own.apply(this,arguments)}}
function ready(host,page){return abortable((resolve)=>{const cancel=host.later(1000,resolve)
hook(page,'onReady',()=>{cancel()
resolve()})
return cancel})}
function whenGone(host,authPage,action){const pages=host.pages()
const page=pages[pages.length-1]
if(page&&'/'+page.route===authPage)hook(page,'onUnload',action)
else action()}
module.exports={openAuthPage,leaveAuthPage,ready,whenGone}
