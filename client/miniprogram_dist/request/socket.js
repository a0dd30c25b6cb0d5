const{Reconnection}=require('../machines/reconnection')
const{abortable,nothing}=require('../foundation/task')
const{resolve,withQuery}=require('../foundation/url')
const{lost}=require('../login/signin')
const{wantsToken}=require('./attempt')
const HANDSHAKE=15000
const passing=(error)=>lost(error)||error.code===20009||error.code===25003||error.code===30000||
error.reason==='FUSE_OPEN'||error.reason==='QUEUE_FULL'||error.reason==='WX_LOGIN_FAILED'
class Socket{constructor(api,path,options){const{ctx,session}=api
const{host}=ctx
this.state='connecting'
this.api=api
this.options=options
this.target=resolve(ctx.options.baseURL.replace(/^http/,'ws'),withQuery(path,options.query))
this.wants=wantsToken(ctx,{path,needLogin:options.needLogin},this.target.own)
this.machine=new Reconnection()
this.machine.visible=host.visible
this.task=null
this.stamp=null
this.waiting=[]
this.listeners={message:[],state:[]}
this.cancel=nothing
this.removals=[host.onVisible((visible)=>this.go(this.machine.shown(visible))),host.onNetwork((online)=>this.go(this.machine.network(online))),session.onChange(()=>this.wants&&session.machine.out&&this.go(this.machine.end(ctx.fail('LOGGED_OUT'))))]}
send(data){const{ctx}=this.api
if(this.state==='open'){return ctx.host.call(this.task.send.bind(this.task),{data},HANDSHAKE)
.then(nothing,(failure)=>{throw ctx.failure(failure)})}
if(this.state==='closed'||this.waiting.length>=(this.options.buffer||0)){return Promise.reject(ctx.fail('SOCKET_CLOSED'))}
return new Promise((settle,reject)=>this.waiting.push({data,settle,reject}))}
onMessage(listener){return this.listen('message',listener)}
onState(listener){return this.listen('state',listener)}
close(code,reason){this.go(this.machine.end(this.api.ctx.fail('ABORTED')),code,reason)}
listen(kind,listener){this.listeners[kind].push(listener)
return()=>{this.listeners[kind]=this.listeners[kind].filter((other)=>other!==listener)}}
tell(kind,value,error){this.listeners[kind].slice().forEach((listener)=>listener(value,error))}
become(state,error){if(this.state===state)return
this.state=state
this.tell('state',state,error)}
go(step,code,reason){if(!step)return
const{ctx}=this.api
this.cancel()
this.cancel=nothing
if(step.do==='wait'){this.become('waiting')
this.cancel=ctx.host.later(step.ms,()=>this.go(this.machine.elapsed()))}else if(step.do==='end')this.end(step.error||ctx.fail('SOCKET_CLOSED'),code,reason)
else{this.become('connecting')
this[step.do](step)}}
login({refused}){const{session}=this.api
const ready=this.wants?session.enter({refused:refused?this.stamp:undefined}):Promise.resolve()
ready.then(()=>this.go(this.machine.loggedIn()),(error)=>this.go(this.machine.loginFailed(error,passing(error),Math.random(),error.retryAfter*1000)))}
connect(){const{ctx,session}=this.api
const{host}=ctx
const{protocols}=this.options
this.stamp=this.wants?session.machine.stamp():null
const header=ctx.header([this.options.header],this.stamp&&this.stamp.token)
const watch=host.deadline(HANDSHAKE,()=>{if(this.task)this.task.close({})
gone(1006,'')})
this.cancel=watch.cancel
let present=true
const gone=(code,reason)=>{if(!present)return
present=false
this.task=null
this.cancel()
if(code===1008&&reason==='logged out')session.told(this.stamp,{code:20005})
if(code===1008&&reason==='user blocked')session.told(this.stamp,{code:20008})
this.go(this.machine.closed(code,reason,host.now(),Math.random()))}
const attach=(task)=>{if(!present||this.state==='closed')return task.close({})
this.task=task
task.onOpen(()=>present&&this.opened(watch))
task.onMessage((message)=>present&&this.tell('message',message.data))
task.onError(()=>gone(1006,''))
task.onClose((end)=>gone((end&&end.code)||1006,(end&&end.reason)||''))}
const{connectSocket}=ctx.transport
if(!connectSocket)return this.go(this.machine.end(ctx.fail('NOT_AVAILABLE')))
const task=connectSocket({url:this.target.url,header,protocols,success:nothing,fail:()=>gone(1006,'')})
if(task&&task.then)task.then(attach,()=>gone(1006,''))
else if(task)attach(task)}
opened(watch){const{host}=this.api.ctx
watch.cancel()
if(this.machine.state!=='connecting')return
this.machine.opened(host.now())
this.become('open')
for(const{data,settle,reject}of this.waiting.splice(0))this.send(data).then(settle,reject)
const{heartbeat}=this.options
if(!heartbeat)return
const beat=()=>{this.cancel=host.later(heartbeat.interval||25000,()=>{this.send(heartbeat.data||'ping').catch(nothing)
beat()})}
beat()}
check(){const{session}=this.api
if(!this.wants)return this.go(this.machine.checked('unknown',Math.random()))
const{stamp}=this
const verdict=()=>stamp&&stamp.token===session.getToken()?'good':'login'
session.reload().then(()=>this.go(this.machine.checked(verdict(),Math.random())),(error)=>this.go(this.machine.checked(passing(error)?'unknown':'out',Math.random(),error)))}
end(error,code,reason){const{task}=this
this.task=null
this.removals.forEach((remove)=>remove())
if(task)task.close({code:code||1000,reason:reason||''})
this.become('closed',error)
this.waiting.splice(0).forEach(({reject})=>reject(error))}
static connect(api,path,options){return abortable((settle,reject)=>{const socket=new Socket(api,path,options)
const remove=socket.onState((state,error)=>{if(state==='open')settle(socket)
else if(state==='closed')reject(error)
else return
remove()})
socket.go(socket.machine.start())
return()=>socket.close()})}}
module.exports={Socket}
