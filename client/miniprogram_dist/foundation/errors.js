class MenshenError extends Error{constructor(fields){super(fields.message||fields.reason)
this.name='MenshenError'
this.code=fields.code||0
this.reason=fields.reason
this.status=fields.status||0
this.userMessage=fields.userMessage||this.message
this.requestId=fields.requestId||''
this.retryAfter=fields.retryAfter||0
this.data=fields.data
this.errno=fields.errno||0
this.cause=fields.cause
this.relogin=fields.relogin===true
this.replay=fields.replay===true}
static[Symbol.hasInstance](value){return Boolean(value)&&value.name==='MenshenError'}
get isCancel(){return this.reason==='ABORTED'||this.reason==='AUTH_CANCELLED'}}
const NUMBERS=[[600002,/domain list|合法域名/,'DOMAIN_NOT_LISTED'],[600003,/interrupted/,'BACKGROUND'],[104,null,'PRIVACY_REFUSED'],[112,null,'PRIVACY_NOT_DECLARED'],[1400001,null,'PHONE_QUOTA'],[5,/time ?out/i,'TIMEOUT'],[-1,/abort/,'ABORTED']]
function reasonOf(failure){const{errno=0,errMsg='',missing}=failure||{}
if(missing)return 'NOT_AVAILABLE'
const found=NUMBERS.find((row)=>errno===row[0]||(row[1]&&row[1].test(errMsg)))
return found?found[2]:'NETWORK'}
module.exports={MenshenError,reasonOf}
