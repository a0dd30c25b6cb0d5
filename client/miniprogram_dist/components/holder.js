const{first}=require('../login/shared')
function plain({reason,code,errno,message,userMessage,requestId}){return{reason,code,errno,message,userMessage,requestId}}
const holder={start(self,request){self.request=request
self.problem=null
const flow=self.selectComponent('#flow')
if(!flow)return holder.drop(self)
flow.session=request.session
flow.setMustAuthStep(request.wanted)
flow.nextStep()},reason(self){const{ctx}=first()
return self.problem?ctx.fail(self.problem.reason,self.problem):ctx.fail('AUTH_CANCELLED')},drop(self){if(self.request)self.request.settle(holder.reason(self))}}
module.exports={plain,holder}
