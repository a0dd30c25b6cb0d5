const{task,nothing}=require('../foundation/task')
const{MenshenError}=require('../foundation/errors')
const{AuthStep,AuthDisplayMode,missingOf}=require('./steps')
const{openAuthPage,leaveAuthPage,ready,whenGone}=require('./pages')
class Steps{constructor(ctx,session){this.ctx=ctx
this.session=session
this.showing=null
this.request=null
this.query=''}
mustAuth(options){return task(this.run(options||{}))}
*run(options){const{ctx,session}=this
const wanted=options.require||options.mustAuthStep||AuthStep.TWO
if(ctx.host.singlePage())throw ctx.fail('SINGLE_PAGE')
yield session.ensureLogin()
if(!session.user)yield session.reload()
for(;;){const missing=missingOf(session,wanted)
if(!missing.length)return
const own=!this.showing
yield this.showing||this.show(missing,wanted,options)
if(own&&missingOf(session,wanted).length)throw ctx.fail('STEP_REQUIRED',{data:{missing}})}}
show(missing,wanted,options){const{auth}=this.session.status
auth.ing()
const over=(error)=>{this.showing=null
this.request=null
if(error)auth.fail(error)
else auth.success()}
const shown=task(this.present(missing,wanted,options)).then(()=>over(),(error)=>{const known=error instanceof MenshenError?error:this.ctx.fail('AUTH_CANCELLED',{cause:error})
over(known)
throw known})
this.showing=shown
return shown}
*present(missing,wanted,{popupCompName='auth-popup',mode=AuthDisplayMode.POPUP}){const{ctx,session}=this
const{host,options}=ctx
if(options.present)return yield options.present({missing})
const pages=host.pages()
const page=pages[pages.length-1]
const find=()=>page&&page.selectComponent&&page.selectComponent('#'+popupCompName)
let popup=mode===AuthDisplayMode.POPUP&&find()
if(page&&!popup&&mode===AuthDisplayMode.POPUP){yield ready(host,page)
popup=find()}
const request={session,wanted,under:false}
const answered=new Promise((resolve,reject)=>{request.settle=(error)=>error?reject(error):resolve()})
answered.catch(nothing)
if(popup)popup.begin(request)
else{this.request=request
const{under,opened}=openAuthPage(host,options.authPage)
request.under=under
try{yield opened}catch(failure){throw ctx.fail('STEP_REQUIRED',{data:{missing},cause:failure})}
whenGone(host,options.authPage,()=>request.leaving||request.settle(ctx.fail('AUTH_CANCELLED')))}
yield answered}
leavePage(request,backTo,error){const settle=()=>request.settle(error)
request.leaving=true
return leaveAuthPage(this.ctx.host,request.under,backTo,(query)=>{this.query=query}).then(settle,settle)}
takeQuery(){const{query}=this
this.query=''
return query}}
module.exports={Steps}
