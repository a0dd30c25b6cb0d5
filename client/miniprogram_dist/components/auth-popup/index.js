const{first}=require('../../login/shared')
const{holder}=require('../holder')
Component({properties:{realtime:Boolean},data:{shown:false,ui:{}},lifetimes:{detached(){holder.drop(this)}},methods:{begin(request){this.setData({shown:true,ui:first().ctx.texts.ui},()=>holder.start(this,request))},failed(event){this.problem=event.detail},done(){this.close()},leave(){this.close(holder.reason(this))},stay(){},close(error){const{request}=this
this.request=null
this.setData({shown:false})
if(request)request.settle(error)}}})
