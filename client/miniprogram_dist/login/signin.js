const{send}=require('../foundation/transport')
const TIMEOUT=7000
const REPEAT=8000
const LOST=['NETWORK','TIMEOUT','BACKGROUND']
const lost=(error)=>LOST.indexOf(error.reason)>=0
function exchange(ctx,path,data,token){
const header=Object.assign({'content-type':'application/json'},ctx.options.headers())
if(token)header[ctx.options.tokenHeader]=ctx.options.bearer+token
const out={url:ctx.options.baseURL+ctx.options.authPath+path,method:'POST',data,header,timeout:TIMEOUT,extra:{}}
const sent=send(ctx.host,ctx.transport,'request',out)
const judged=sent.then((answer)=>ctx.judge(answer,true),(failure)=>{throw ctx.failure(failure)})
return Object.assign(judged,{abort:sent.abort})
}
function wxCode(ctx){
if(!ctx.coding){
ctx.coding=ctx.host.call(ctx.host.fn('login'),{timeout:TIMEOUT},TIMEOUT).then((result)=>{
ctx.coding=null
if(result&&result.code)return{code:result.code}
throw ctx.fail('WX_LOGIN_FAILED',{cause:result})
},(failure)=>{
ctx.coding=null
throw ctx.failure(failure,'WX_LOGIN_FAILED')
})
}
return ctx.coding
}
function*signIn(ctx,credential){
let fresh=true
let repeat=true
for(;;){
const body=yield credential()
const begin=ctx.host.now()
for(;;){
try{
const{appId}=ctx.options
const data=yield exchange(ctx,'/login',Object.assign(appId?{appId}:{},body))
if(!data||typeof data.token!=='string')throw ctx.fail('HTTP_STATUS',{message:'no token'})
return data
}catch(error){
if(lost(error)){
if(error.reason==='BACKGROUND')yield ctx.host.foreground()
const age=ctx.host.now()-begin
if(repeat&&age>=0&&age<REPEAT){
repeat=false
continue
}
}else if(!(error.code===20007||error.code===20006)||!error.relogin)throw error
if(!fresh)throw error
fresh=false
repeat=false
break
}
}
}
}
module.exports={signIn,exchange,wxCode,lost}
