const{Fuse}=require('./fuse')
const{Queue}=require('./queue')
const FIRST_PAUSE=5000
const LONGEST_PAUSE=300000
const PAUSING=[20009,25003,30000]
class SessionMachine{constructor(limits){const known=limits||{refreshLoginFuseRestoreTime:5000,refreshLoginQueueMaxLength:100}
this.fuse=new Fuse(known)
this.queue=new Queue(known)
this.token=null
this.receivedAt=0
this.expiresIn=0
this.login=0
this.bornAt=0
this.order=0
this.out=false
this.hold=null
this.block=null
this.pause=FIRST_PAUSE
this.flight=null
this.flights=0
this.leader=null}
valid(now){if(this.token===null)return false
const age=now-this.receivedAt
return age<this.expiresIn-Math.min(10000,this.expiresIn/20)}
want(now,wish,waiter){if(wish.explicit){this.out=false
this.hold=null}
if(this.out)return{do:'refuse',reason:'LOGGED_OUT'}
if(this.flight!==null){return this.queue.join(waiter)?{do:'wait'}:{do:'refuse',reason:'QUEUE_FULL'}}
const refused=wish.refused
const fresh=!refused||refused.token!==this.token
if(!wish.force&&fresh&&this.valid(now))return{do:'use'}
if(this.hold)return{do:'refuse',reason:'HELD',error:this.hold}
const wait=this.blocked(now)
if(wait&&this.block)return{do:'refuse',reason:'BLOCKED',error:this.block.error,wait}
if(!wish.explicit){const fuse=this.fuse.take(now)
if(fuse)return{do:'refuse',reason:fuse==='blown'?'FUSE_BLOWN':'FUSE_OPEN',wait:this.fuse.remaining(now)}}
this.flights+=1
this.flight=this.flights
this.leader=waiter
return{do:'lead',flight:this.flight}}
blocked(now){if(!this.block)return 0
const age=now-this.block.since
if(age>=0&&age<this.block.length)return this.block.length-age
this.block=null
return 0}
leave(waiter){if(this.leader===waiter)this.leader=null
this.queue.leave(waiter)}
stamp(){this.order+=1
return this.token===null?null:{login:this.login,order:this.order,token:this.token}}
land(flight,token,expiresIn,now){if(flight!==this.flight)return null
this.login+=1
this.order+=1
this.set(token,expiresIn,now,this.order)
this.fuse.refill()
this.block=null
this.pause=FIRST_PAUSE
return this.end()}
crash(flight,error,now){if(flight!==this.flight)return null
this.bar(error,now)
return this.end()}
bar(error,now){const code=error.code||0
if(code===20008||(code===20006&&!error.relogin))this.hold=error
if(PAUSING.indexOf(code)<0)return
let length=(error.retryAfter||0)*1000
if(!length){length=this.pause
this.pause=Math.min(LONGEST_PAUSE,length*2)}
this.block={since:now,length,error}}
renew(stamp,token,expiresIn,now){if(!stamp||this.token===null||stamp.order<=this.bornAt)return false
this.set(token,expiresIn,now,stamp.order)
return true}
refuse(stamp){if(!stamp||stamp.token!==this.token)return false
this.expiresIn=0
return true}
relapse(stamp){if(stamp&&stamp.login===this.login)this.fuse.relapse()}
clear(){this.token=null
this.login+=1
return this.end()}
logout(){this.out=true
return this.clear()}
end(){const waiters=this.queue.drain()
if(this.leader)waiters.unshift(this.leader)
this.leader=null
this.flight=null
return waiters}
set(token,expiresIn,now,order){this.token=token
this.expiresIn=expiresIn
this.receivedAt=now
this.bornAt=order}
snapshot(){return{token:this.token,receivedAt:this.receivedAt,expiresIn:this.expiresIn,out:this.out}}
restore(state){if(!state)return
this.out=state.out===true
if(this.out||typeof state.token!=='string'||!(state.expiresIn>0)||!(state.receivedAt>0))return
this.set(state.token,state.expiresIn,state.receivedAt,0)}}
module.exports={SessionMachine}
