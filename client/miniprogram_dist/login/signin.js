const{send}=require('../foundation/transport')
const{task,merge}=require('../foundation/task')
const TIMEOUT=7000
const REPEAT=8000
const LOST=['NETWORK','TIMEOUT','BACKGROUND']
const lost=(error)=>LOST.indexOf(error.reason)>=0
function exchange(ctx,path,data,token){const{baseURL,authPath}=ctx.options
const out={url:baseURL+authPath+path,method:'POST',data,header:ctx.header([],token),timeout:TIMEOUT}
return task(function*(){let answer
try{answer=yield send(ctx.host,ctx.transport,'request',out)}catch(failure){throw ctx.failure(failure)}
return ctx.judge(answer,true)}())}
function wxCode(ctx){if(!ctx.coding){ctx.coding=ctx.host.call(ctx.host.fn('login'),{timeout:TIMEOUT},TIMEOUT).then((result)=>{ctx.coding=null
if(result&&result.code)return{code:result.code}
throw ctx.fail('WX_LOGIN_FAILED',{cause:result})},(failure)=>{ctx.coding=null
throw ctx.failure(failure,'WX_LOGIN_FAILED')})}
return ctx.coding}
function*signIn(ctx,credential){let fresh=true
let repeat=true
for(;;){const body=yield credential()
const begin=ctx.host.now()
for(;;){try{const{appId}=ctx.options
const data=yield exchange(ctx,'/login',merge(appId?{appId}:{},body))
if(!data||typeof data.token!=='string')throw ctx.fail('HTTP_STATUS',{message:'no token'})
return data}catch(error){if(lost(error)){if(error.reason==='BACKGROUND')yield ctx.host.foreground()
const age=ctx.host.now()-begin
if(repeat&&age>=0&&age<REPEAT){repeat=false
continue}}else if(!(error.code===20007||error.code===20006)||!error.relogin)throw error
if(!fresh)throw error
fresh=false
repeat=false
break}}}}
module.exports={signIn,exchange,wxCode,lost}
