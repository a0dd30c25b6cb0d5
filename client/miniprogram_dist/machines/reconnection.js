const FIRST_PAUSE=1000
const LONGEST_PAUSE=30000
const STEADY=5000
const TEMPORARY=[1001,1005,1006,1011,1012,1013,1014]
class Reconnection{constructor(){this.state='idle'
this.attempts=0
this.openedAt=0
this.visible=true
this.online=true}
start(){return this.state==='idle'?this.login():null}
loggedIn(){if(this.state!=='login')return null
this.state='connecting'
return{do:'connect'}}
loginFailed(error,passing,chance,least){if(this.state!=='login')return null
return passing?this.pause(chance,least):this.end(error)}
opened(now){if(this.state!=='connecting')return null
this.state='open'
this.openedAt=now
return null}
refused(){if(this.state!=='connecting')return null
this.state='checking'
return{do:'check'}}
checked(verdict,chance,error){if(this.state!=='checking')return null
if(verdict==='out')return this.end(error)
return verdict==='login'&&!this.attempts?this.again():this.pause(chance)}
closed(code,reason,now,chance){if(this.state==='connecting')return this.refused()
if(this.state!=='open')return null
if(now-this.openedAt>=STEADY)this.attempts=0
if(code===1008&&/^token/.test(reason))return this.attempts?this.pause(chance):this.again()
return TEMPORARY.indexOf(code)<0?this.end():this.pause(chance)}
elapsed(){return this.state==='waiting'&&this.visible&&this.online?this.login():null}
shown(visible){this.visible=visible
return visible?this.elapsed():null}
network(online){this.online=online
return online?this.elapsed():null}
end(error){if(this.state==='ended')return null
this.state='ended'
return{do:'end',error}}
login(){this.state='login'
return{do:'login'}}
again(){this.attempts+=1
this.state='login'
return{do:'login',refused:true}}
pause(chance,least=0){const longest=Math.min(LONGEST_PAUSE,FIRST_PAUSE*Math.pow(2,this.attempts))
this.attempts=Math.min(this.attempts+1,10)
this.state='waiting'
return{do:'wait',ms:Math.max(least,Math.floor(chance*longest))}}}
module.exports={Reconnection}
