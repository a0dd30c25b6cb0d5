const{assemble,AUTH_KEY_NAME}=require('./assemble')
const{WxHost}=require('./foundation/host')
const{MenshenError}=require('./foundation/errors')
const{Status}=require('./machines/status')
const{REFRESH_LOGIN_FUSELINE_DEFAULT}=require('./machines/fuse')
const{wxCode}=require('./login/signin')
const{Session}=require('./login/session')
const{AuthStep,AuthDisplayMode}=require('./auth/steps')
const{withAuth,mustAuth}=require('./auth/decorator')
function createMenshen(options){return assemble(options,new WxHost(),wxCode)}
module.exports={createMenshen,Session,Status,MenshenError,AuthStep,AuthDisplayMode,withAuth,mustAuth,AUTH_KEY_NAME,REFRESH_LOGIN_FUSELINE_DEFAULT}
