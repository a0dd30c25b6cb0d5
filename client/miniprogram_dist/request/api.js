const{task,merge,abortable}=require('../foundation/task')
const{parsed}=require('../foundation/transport')
const{resolve}=require('../foundation/url')
const{attempts,wantsToken}=require('./attempt')
const{Socket}=require('./socket')
class Interceptors{constructor(){this.list=[]}
use(ok,bad){const entry={ok,bad}
this.list=this.list.concat(entry)
return()=>{this.list=this.list.filter((other)=>other!==entry)}}}
class Api{constructor(ctx,session){this.ctx=ctx
this.session=session
this.status=session.status
this.interceptors={request:new Interceptors(),response:new Interceptors()}
this.flying={}
this.delete=this.del}
get(path,query,options){return this.request(merge({query},options,{method:'GET',path}))}
post(path,data,options){return this.request(merge({},options,{method:'POST',path,data}))}
put(path,data,options){return this.request(merge({},options,{method:'PUT',path,data}))}
patch(path,data,options){return this.request(merge({},options,{method:'PATCH',path,data}))}
del(path,data,options){return this.request(merge({},options,{method:'DELETE',path,data}))}
request(spec){const whole=merge({method:'GET',share:this.ctx.options.share},spec)
if(!whole.share||whole.method!=='GET')return this.start('request',whole)
const key=JSON.stringify([whole.path,whole.query,whole.header,whole.needLogin,whole.raw])
return this.join(key,()=>this.start('request',whole))}
join(key,start){const{flying}=this
const entry=flying[key]||(flying[key]={call:start(),users:0})
const end=()=>{if(flying[key]===entry)delete flying[key]}
entry.users+=1
return abortable((resolve,reject)=>{entry.call.then(resolve,reject)
entry.call.then(end,end)
return()=>{entry.users-=1
if(entry.users)return
end()
entry.call.abort()}})}
upload(path,options){return this.start('upload',merge({},options,{method:'POST',path,data:options.formData,formData:undefined}))}
download(path,options){return this.start('download',merge({},options,{method:'GET',path}))}
stream(path,options){return this.start('stream',merge({method:'GET'},options,{path}))}
connect(path,options){return Socket.connect(this,path,options||{})}
prefetched(){const{ctx}=this
return ctx.host.call(ctx.host.fn('getBackgroundFetchData'),{fetchType:'pre'},3000).then((result)=>{const{fetchedData,path,query,timeStamp}=result
const data=parsed(fetchedData)
return{data:data&&data.code===10000?data.data:data,path,query,timeStamp}},(failure)=>{throw ctx.failure(failure)})}
createHeader(path){const{ctx,session}=this
const wants=wantsToken(ctx,{path},resolve(ctx.options.baseURL,path).own)
return ctx.header([],wants?session.getToken():null)}
start(kind,spec){return task(this.run(kind,spec))}
*run(kind,spec){const{ctx}=this
const{isFailure}=ctx.options
let response
let error
try{response=yield*attempts(this,kind,spec)
const failure=isFailure&&isFailure(response)
if(failure)throw ctx.fail('APP_FAILURE',{status:response.status,data:response.data,message:String(failure)})}catch(thrown){error=thrown}
for(const{ok,bad}of this.interceptors.response.list){try{if(error&&bad){response=yield bad(error,spec)
if(response)error=null}else if(!error&&ok)response=(yield ok(response,spec))||response}catch(thrown){error=thrown}}
if(!error)return spec.raw?response:response.data
ctx.emit('error',{path:spec.path,code:error.code,reason:error.reason,requestId:error.requestId})
throw error}}
module.exports={Api}
