const{MenshenError,reasonOf}=require('./errors')
const{merge}=require('./task')
const{made}=require('./transport')
class Context{constructor(host,transport,texts,options){this.host=host
this.transport=transport
this.texts=texts
this.options=options
this.coding=null}
header(sources,token){const{headers,tokenHeader,bearer}=this.options
const header={}
const own=token?{[tokenHeader]:bearer+token}:null
for(const source of[{'content-type':'application/json'},headers()].concat(sources,own)){for(const name of Object.keys(source||{})){for(const other of Object.keys(header))if(other.toLowerCase()===name.toLowerCase())delete header[other]
if(source[name]!==undefined)header[name]=source[name]}}
return header}
fail(reason,fields){const{messages,users,tapAgain}=this.texts
return new MenshenError(merge({reason,message:messages[reason],userMessage:users[reason]||tapAgain},fields))}
failure(failure,reason){if(failure instanceof MenshenError)return failure
const{errno,errMsg,message=errMsg}=failure||{}
const known=reason||reasonOf(failure)
return this.fail(known,{errno,cause:failure,message:this.texts.messages[known]||message})}
judge({status,header,data},own){const envelope=own&&made(header)&&data&&typeof data.code==='number'?data:null
if(envelope&&envelope.code===10000)return envelope.data
if(!envelope&&status<400)return data
const found=envelope||{reason:'HTTP_STATUS',msg:'HTTP '+status,data}
const{code,reason,msg:message,requestId=header['x-request-id'],relogin,replay}=found
const retryAfter=Number(header['retry-after'])||0
throw this.fail(reason,{code,message,requestId,relogin,replay,status,retryAfter,data:found.data})}
emit(type,detail){const{onEvent,logger}=this.options
const event=merge({type},detail)
try{if(onEvent)onEvent(event)
if(logger)logger.info('menshen',event)}catch(_){}}
toast(title){this.host.ask('showToast',{icon:'none',title})}}
module.exports={Context}
