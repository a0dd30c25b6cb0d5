const{first}=require('../../login/shared')
const{holder}=require('../holder')
Component({properties:{backTo:String,mustAuthStep:{type:Number,value:2},realtime:Boolean},data:{ui:{}},lifetimes:{attached(){this.setData({ui:first().ctx.texts.ui})},ready(){const session=first()
const own={session,wanted:this.data.mustAuthStep,under:!this.data.backTo,settle(){}}
const start=()=>holder.start(this,session.steps.request||own)
session.ensureLogin().then(start,start)},detached(){holder.drop(this)}},methods:{failed(event){this.problem=event.detail},done(){this.close()},leave(){this.close(holder.reason(this))},close(error){const{request}=this
this.request=null
if(request)request.session.steps.leavePage(request,this.data.backTo,error)}}})
