const REFRESH_LOGIN_FUSELINE_DEFAULT=3
class Fuse{constructor(limits){this.limits=limits
this.left=REFRESH_LOGIN_FUSELINE_DEFAULT
this.before=this.left
this.openedAt=null}
take(now){if(this.openedAt!==null){if(this.remaining(now))return 'open'
this.openedAt=null
this.left=REFRESH_LOGIN_FUSELINE_DEFAULT}
if(this.left>0){this.left-=1
return ''}
this.openedAt=now
return 'blown'}
refill(){this.before=this.left
this.left=REFRESH_LOGIN_FUSELINE_DEFAULT
this.openedAt=null}
relapse(){this.left=Math.min(this.left,this.before)}
remaining(now){const age=now-(this.openedAt||0)
return this.openedAt!==null&&age>=0?Math.max(0,this.limits.refreshLoginFuseRestoreTime-age):0}}
module.exports={Fuse,REFRESH_LOGIN_FUSELINE_DEFAULT}
