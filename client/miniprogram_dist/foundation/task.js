const{MenshenError}=require('./errors')
const nothing=()=>{}
const merge=Object.assign
function task(steps){let current=null
let over=false
let abort=nothing
const leave=()=>{if(current&&current.abort)current.abort()
steps.return((undefined))}
const promise=new Promise((resolve,reject)=>{let running=false
const go=(method,value)=>{if(over)return
let turn
running=true
try{turn=steps[method](value)}catch(error){over=true
return reject(error)}finally{running=false}
current=turn.done?null:turn.value
if(over)return leave()
if(turn.done){over=true
return resolve(turn.value)}
Promise.resolve(current).then((next)=>go('next',next),(error)=>go('throw',error))}
abort=()=>{if(over)return
over=true
reject(new MenshenError({reason:'ABORTED'}))
if(!running)leave()}
go('next')})
return merge(promise,{abort})}
function abortable(executor){let abort=nothing
const promise=new Promise((resolve,reject)=>{const stop=executor(resolve,reject)||nothing
abort=()=>{reject(new MenshenError({reason:'ABORTED'}))
stop()}})
return merge(promise,{abort})}
module.exports={task,abortable,nothing,merge}
