const UN_START=0
const ING=1
const SUCCESS=2
const FAIL=-1
class Status{constructor(name){this.name=name
this.status=UN_START
this.error=null
this.once=[]}
ing(){this.change(ING)}
success(value){this.change(SUCCESS,value)}
fail(error){this.error=error
this.change(FAIL,error)}
reset(){this.error=null
this.status=UN_START}
isIng(){return this.status===ING}
isSuccess(){return this.status===SUCCESS}
isFail(){return this.status===FAIL}
must(callback){const over=this.status===SUCCESS?Promise.resolve():this.status===FAIL?Promise.reject(this.error):
new Promise((resolve,reject)=>{const remove=[this.onceSuccess(()=>{remove[1]();resolve()}),this.onceFail((error)=>{remove[0]();reject(error)})]})
return over.then(()=>callback&&callback())}
onceSuccess(listener){return this.listen(SUCCESS,listener)}
onceFail(listener){return this.listen(FAIL,listener)}
listen(value,listener){const entry={value,listener}
this.once.push(entry)
return()=>{this.once=this.once.filter((other)=>other!==entry)}}
change(status,value){this.status=status
const due=this.once.filter((entry)=>entry.value===status)
this.once=this.once.filter((entry)=>entry.value!==status)
due.forEach((entry)=>entry.listener(value))}}
Status.UN_START=UN_START
Status.ING=ING
Status.SUCCESS=SUCCESS
Status.FAIL=FAIL
module.exports={Status,UN_START,ING,SUCCESS,FAIL}
