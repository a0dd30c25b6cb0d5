const{abortable,merge,nothing}=require('./task')
const SLEPT=1500
const GRACE=1000
class Host{constructor(){this.visible=true
this.watchers=new Set()}
now(){return Date.now()}
later(ms,action){const timer=setTimeout(action,ms)
return()=>clearTimeout(timer)}
pause(ms){return abortable((resolve)=>this.later(ms,resolve))}
deadline(ms,action){let cancel=nothing
const start=(length,graceful)=>{const due=this.now()+length
cancel()
cancel=this.later(length,()=>graceful&&this.now()-due>SLEPT?start(GRACE,false):action())}
const touch=()=>start(ms,true)
touch()
return{touch,cancel:()=>cancel()}}
call(fn,options,limit,attach){return abortable((resolve,reject)=>{if(!fn)return reject({errMsg:'not available',missing:true})
let over=false
let running=null
const end=(settle)=>(value)=>{if(over)return
over=true
watch.cancel()
settle(value)}
const stop=()=>{if(running&&running.abort)running.abort()}
const[success,fail]=[end(resolve),end(reject)]
const watch=this.deadline(limit,()=>{fail({errMsg:'timeout'})
stop()})
try{running=fn(merge({},options,{success,fail}))
if(running&&attach)attach(running,watch)
if(running&&running.then)running.then(success,fail)}catch(error){fail(error)}
return()=>{end(nothing)()
stop()}})}
onVisible(watcher){this.watchers.add(watcher)
return()=>this.watchers.delete(watcher)}
show(visible){this.visible=visible
Array.from(this.watchers).forEach((watcher)=>watcher(visible))}
foreground(){return abortable((resolve)=>{if(this.visible)return resolve()
return this.onVisible((visible)=>visible&&resolve())})}}
class WxHost extends Host{constructor(){super()
this.wx=typeof wx==='undefined'?{}:wx
this.ask('onAppShow',()=>this.show(true))
this.ask('onAppHide',()=>this.show(false))}
fn(name){return this.wx[name]&&this.wx[name].bind(this.wx)}
ask(name,options){try{return this.wx[name](options)}catch(_){return undefined}}
onNetwork(listener){const heard=(change)=>listener(change.isConnected)
this.ask('onNetworkStatusChange',heard)
return()=>this.ask('offNetworkStatusChange',heard)}
account(){const info=this.ask('getAccountInfoSync')
const account=merge({appId:'',envVersion:'release'},info&&info.miniProgram)
return /^wx/.test(account.appId)?account:merge(account,{appId:''})}
singlePage(){const options=this.ask('getEnterOptionsSync')
return Boolean(options)&&options.scene===1154}
load(key){return this.ask('getStorageSync',key)}
save(key,value){try{this.wx.setStorageSync(key,value)}catch(_){this.ask('removeStorageSync',key)}}
pages(){return typeof getCurrentPages==='undefined'?[]:getCurrentPages()}}
module.exports={Host,WxHost}
