const{Context}=require('./foundation/context')
const{merge}=require('./foundation/task')
const{transportOf}=require('./foundation/transport')
const{texts}=require('./foundation/texts')
const{Session}=require('./login/session')
const{join}=require('./login/shared')
const{Api}=require('./request/api')
const{Steps}=require('./auth/must-auth')
const AUTH_KEY_NAME='Authorization'
const functionOf=(value)=>typeof value==='function'?value:()=>value||{}
function assemble(given,host,credential){const{appId,envVersion}=host.account()
const base=given&&given.baseURL&&(typeof given.baseURL==='string'?given.baseURL:given.baseURL[envVersion])
if(!/^https?:\/\/[^/?#\s]+/.test(base||''))throw new TypeError('baseURL: an address with http or https is needed')
const baseURL=base.replace(/\/+$/,'')
const options=merge({tokenHeader:AUTH_KEY_NAME,authPath:'/auth',authPage:'/pages/auth/auth',timeout:60000,loading:'silent',withoutToken:[]},given,{baseURL,appId,headers:functionOf(given.headers),bearer:given.bearer===false?'':'Bearer '})
const ctx=new Context(host,transportOf(host,given.transport),texts(given.language,given.texts),options)
const id=['menshen',appId,envVersion,baseURL].join('|')
let own=false
const session=join(id,()=>{own=true
return new Session(ctx,()=>credential(ctx),id)})
const api=new Api(ctx,session)
if(own){const inner=(session)
inner.call=(method,path,data)=>api.request({method,path:options.authPath+path,data,share:false})
inner.steps=new Steps(ctx,session)}
return api}
module.exports={assemble,AUTH_KEY_NAME}
