const KEY='__menshen_client_1__'
const local={}
function sessions(){let app
try{app=getApp({allowDefault:true})}catch(_){}
return app?app[KEY]||(app[KEY]=local):local}
function join(id,make){const all=sessions()
return all[id]||(all[id]=make())}
function first(){const all=sessions()
return all[Object.keys(all)[0]]}
module.exports={join,first}
