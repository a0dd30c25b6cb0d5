const{first}=require('../../login/shared')
const{plain}=require('../holder')
Component({data:{ui:{},avatar:false,avatarUrl:'',refused:false,busy:false},lifetimes:{attached(){const{ctx}=first()
this.setData({ui:ctx.texts.ui,avatar:Boolean(ctx.options.uploadAvatar)})}},methods:{choose(event){this.setData({avatarUrl:event.detail.avatarUrl})},submit(event){const nickname=event.detail.value.nickname.trim()
const refused=!nickname||nickname==='微信用户'
this.setData({refused})
if(refused||this.data.busy)return
const{avatarUrl}=this.data
const{ctx}=first()
const end=(name,detail)=>{this.setData({busy:false})
this.triggerEvent(name,detail)}
this.setData({busy:true})
Promise.resolve(avatarUrl&&ctx.options.uploadAvatar(avatarUrl)).then((url)=>end('getuserinfo',url?{nickname,avatarUrl:url}:{nickname}),(error)=>end('fail',plain(ctx.failure(error))))}}})
