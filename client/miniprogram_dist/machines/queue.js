class Queue{constructor(limits){this.limits=limits
this.waiters=new Set()}
get size(){return this.waiters.size}
join(waiter){if(this.waiters.size>=this.limits.refreshLoginQueueMaxLength)return false
this.waiters.add(waiter)
return true}
leave(waiter){this.waiters.delete(waiter)}
drain(){const all=Array.from(this.waiters)
this.waiters.clear()
return all}}
module.exports={Queue}
