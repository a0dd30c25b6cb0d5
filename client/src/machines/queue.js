/**
 * Those who wait for one flight. The machine holds them and never calls them.
 * @template T
 */
class Queue {
  /** @param {{ refreshLoginQueueMaxLength: number }} limits the number of waiters that have room */
  constructor(limits) {
    this.limits = limits
    /** @type {Set<T>} */
    this.waiters = new Set()
  }

  get size() {
    return this.waiters.size
  }

  /**
   * @param {T} waiter
   * @returns {boolean} false: no room
   */
  join(waiter) {
    if (this.waiters.size >= this.limits.refreshLoginQueueMaxLength) return false
    this.waiters.add(waiter)
    return true
  }

  /** @param {T} waiter a waiter that was aborted; unknown ones are ignored */
  leave(waiter) {
    this.waiters.delete(waiter)
  }

  /** @returns {T[]} all waiters in their order; the queue is empty afterwards */
  drain() {
    const all = Array.from(this.waiters)
    this.waiters.clear()
    return all
  }
}

module.exports = { Queue }
