const{MenshenError}=require('../foundation/errors')
const{nothing,merge}=require('../foundation/task')
const{Flights}=require('./flights')
const PROFILE=['nickname','avatarUrl','gender','city','province','country','encryptedData','iv','rawData','signature']
const detailOf=(event)=>(event&&event.detail)||event||{}
function profileOf(event){const detail=detailOf(event)
const known=merge({nickname:detail.nickName},detail)
const body={}
for(const name of PROFILE)if(known[name]!==undefined)body[name]=known[name]
return body}
function phoneOf(event){const detail=detailOf(event)
if(detail.code)return{body:{code:detail.code}}
if(detail.encryptedData)return{body:{encryptedData:detail.encryptedData,iv:detail.iv}}
const known=[104,112,1400001].indexOf(detail.errno)>=0
return{refusal:{failure:detail,reason:known?undefined:'AUTH_REFUSED'}}}
class Session extends Flights{login(options){return this.enter({explicit:true,force:Boolean(options&&options.force)})}
ensureLogin(){return this.enter({})}
getToken(){return this.machine.valid(this.ctx.host.now())?this.machine.token:null}
refreshLogin(){return this.enter({force:true})}
refreshLoginFuse(){const fuse=this.machine.fuse.take(this.ctx.host.now())
return fuse?Promise.reject(this.refusal({reason:fuse==='blown'?'FUSE_BLOWN':'FUSE_OPEN'})):Promise.resolve()}
clearSession(){this.forget(this.machine.clear(),'ABORTED')}
ensureSessionKey(){const{host}=this.ctx
return this.ensureLogin().then(()=>host.call(host.fn('checkSession'),{},5000))
.then(nothing,(error)=>{if(error instanceof MenshenError)throw error
return this.refreshLogin()})}
mustAuth(options){return this.steps.mustAuth(options)}
currentAuthStep(){return this.authStep}
hasUser(){return this.user!==null&&this.missing.indexOf('profile')<0}
hasUnionId(){return this.user!==null&&this.user.hasUnionId===true}
hasPhone(){return this.user!==null&&this.missing.indexOf('phone')<0}
updateUser(event){return this.call('POST','/user',profileOf(event))}
updatePhone(event){const{refusal,body}=phoneOf(event)
return refusal?Promise.reject(this.ctx.failure(refusal.failure,refusal.reason)):this.call('POST','/phone',body)}
unbindPhone(){return this.call('DELETE','/phone')}
reload(){return this.call('GET','/session')}
deleteUser(){return this.call('DELETE','/user').then(()=>this.leave())}
logout(){const{token}=this.machine
if(token)this.farewell=this.farewell.concat(token).slice(-5)
this.leave()
return this.sayGoodbye()}
webViewUrl(url){return this.call('POST','/ticket').then(({ticket})=>
url+(url.indexOf('#')<0?'#':'&')+'menshen_ticket='+encodeURIComponent(ticket))}
onChange(listener){this.listeners.add(listener)
return()=>this.listeners.delete(listener)}
takeQuery(){return this.steps.takeQuery()}}
module.exports={Session,phoneOf}
