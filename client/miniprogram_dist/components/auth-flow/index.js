const{first}=require('../../login/shared')
const{missingOf}=require('../../auth/steps')
const{plain}=require('../holder')
Component({options:{multipleSlots:true},properties:{mustAuthStep:{type:Number,value:2},realtime:Boolean},data:{ui:{},need:'',currAuthStep:1,hint:''},lifetimes:{attached(){this.setData({ui:first().ctx.texts.ui})}},methods:{setMustAuthStep(wanted){this.wanted=wanted},getAuthStep(){return(this.session||first()).currentAuthStep()},updateAuthStep(){const need=missingOf(this.session||first(),this.wanted||this.data.mustAuthStep)[0]||'none'
this.setData({need,currAuthStep:this.getAuthStep(),hint:''})
return need},nextStep(event){const need=this.updateAuthStep()
if(need==='none')return this.triggerEvent('done')
if(!event||this.busy)return
this.busy=true
const recorded=need==='phone'?this.bindPhone(event):(this.session||first()).updateUser(event)
const end=()=>{this.busy=false}
recorded.then(end,end)
recorded.then(()=>this.nextStep(),(error)=>this.failed({detail:plain(error)}))},bindPhone(event){return(this.session||first()).updatePhone(event)},failed(event){this.setData({hint:event.detail.userMessage})
this.triggerEvent('fail',event.detail)}}})
