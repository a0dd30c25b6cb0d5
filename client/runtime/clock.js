'use strict'

const settle = () => new Promise((resolve) => setImmediate(resolve))

/** Timers of a phone whose time a test turns. Frozen as in the background, they wait. */
class Clock {
  constructor(start = 1700000000000) {
    this.time = start
    /** The phone's clock may show something else. */
    this.error = 0
    this.timers = new Map()
    this.serial = 0
    this.frozen = false
  }

  now() {
    return this.time + this.error
  }

  setTimeout(action, ms = 0) {
    this.serial += 1
    this.timers.set(this.serial, { due: this.time + Math.max(0, ms), action, id: this.serial })
    return this.serial
  }

  clearTimeout(id) {
    this.timers.delete(id)
  }

  /** The timer that is due first, up to a time. */
  next(until) {
    let first = null
    for (const timer of this.timers.values()) {
      if (timer.due <= until && (!first || timer.due < first.due)) first = timer
    }
    return first
  }

  /** Lets time pass, timer by timer, with everything that follows from each. */
  async advance(ms) {
    const until = this.time + ms
    await settle()
    for (let timer = this.frozen ? null : this.next(until); timer; timer = this.frozen ? null : this.next(until)) {
      this.timers.delete(timer.id)
      this.time = Math.max(this.time, timer.due)
      timer.action()
      await settle()
    }
    this.time = until
  }
}

/** The time of the machine, for tests over real sockets and for pages. */
class RealClock {
  constructor() {
    this.error = 0
    this.frozen = false
  }

  get time() {
    return Date.now()
  }

  now() {
    return Date.now() + this.error
  }

  setTimeout(action, ms) {
    return setTimeout(action, ms)
  }

  clearTimeout(id) {
    clearTimeout(id)
  }
}

module.exports = { Clock, RealClock, settle }
