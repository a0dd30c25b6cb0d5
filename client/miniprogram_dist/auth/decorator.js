const{first}=require('../login/shared')
const{nothing}=require('../foundation/task')
function withAuth(options,method){const running=new WeakMap()
return function(){const self=this||running
const args=(arguments)
if(running.has(self))return running.get(self)
const session=options.session||first()
const run=session.mustAuth(options).then(()=>method.apply(this,args))
running.set(self,run)
const end=()=>running.delete(self)
run.then(end,end).catch(nothing)
return run}}
function mustAuth(options){return(target,context,descriptor)=>{if(!descriptor)return withAuth(options||{},target)
descriptor.value=withAuth(options||{},descriptor.value)
return descriptor}}
module.exports={withAuth,mustAuth}
