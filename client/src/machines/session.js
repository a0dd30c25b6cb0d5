const { Fuse } = require('./fuse')
const { Queue } = require('./queue')

/**
 * What a request was sent with.
 * @typedef {{ login: number, order: number, token: string }} Stamp
 */

/**
 * @typedef {object} Wish
 * @property {Stamp} [refused] what the gateway refused: a token that is newer will do
 * @property {boolean} [force] log in even though the token is valid
 * @property {boolean} [explicit] the app itself asks: ends logged-out state and hold, does not count for the fuse
 */

/**
 * @typedef {{ do: 'use' | 'wait' | 'lead' | 'refuse', flight?: number, reason?: string, error?: any, wait?: number }} Verdict
 */

/** WeChat is unavailable: 5 s, doubling to 5 min. */
const FIRST_PAUSE = 5000
const LONGEST_PAUSE = 300000

/** Codes after which no login is tried before `retry-after`. */
const PAUSING = [20009, 25003, 30000]

/** Tokens and logins. Pure: time is an argument, waiters are values. */
class SessionMachine {
  /** @param {{ refreshLoginFuseRestoreTime: number, refreshLoginQueueMaxLength: number }} [limits] may change at any time */
  constructor(limits) {
    const known = limits || { refreshLoginFuseRestoreTime: 5000, refreshLoginQueueMaxLength: 100 }
    this.fuse = new Fuse(known)
    /** @type {Queue<any>} */
    this.queue = new Queue(known)
    /** @type {string | null} */
    this.token = null
    this.receivedAt = 0
    this.expiresIn = 0
    /** The number of the login that the token belongs to. */
    this.login = 0
    /** The order of the request that brought the token. */
    this.bornAt = 0
    this.order = 0
    this.out = false
    /** No login before `login()`, with this error. */
    this.hold = null
    /**
     * No login before its end.
     * @type {{ since: number, length: number, error: any } | null}
     */
    this.block = null
    this.pause = FIRST_PAUSE
    /** @type {number | null} */
    this.flight = null
    this.flights = 0
    /**
     * Who leads the flight; not in the queue.
     * @type {any}
     */
    this.leader = null
  }

  /** @param {number} now @returns {boolean} whether the token can still be good */
  valid(now) {
    if (this.token === null) return false
    const age = now - this.receivedAt
    // The phone's clock may be wrong or be set: an age below zero tells nothing, and the gateway decides.
    return age < this.expiresIn - Math.min(10000, this.expiresIn / 20)
  }

  /**
   * Somebody needs a token.
   * @param {number} now
   * @param {Wish} wish
   * @param {any} waiter
   * @returns {Verdict}
   */
  want(now, wish, waiter) {
    if (wish.explicit) {
      this.out = false
      this.hold = null
    }
    if (this.out) return { do: 'refuse', reason: 'LOGGED_OUT' }
    if (this.flight !== null) {
      return this.queue.join(waiter) ? { do: 'wait' } : { do: 'refuse', reason: 'QUEUE_FULL' }
    }
    const refused = wish.refused
    const fresh = !refused || refused.token !== this.token
    if (!wish.force && fresh && this.valid(now)) return { do: 'use' }
    if (this.hold) return { do: 'refuse', reason: 'HELD', error: this.hold }
    const wait = this.blocked(now)
    if (wait && this.block) return { do: 'refuse', reason: 'BLOCKED', error: this.block.error, wait }
    if (!wish.explicit) {
      const fuse = this.fuse.take(now)
      if (fuse) return { do: 'refuse', reason: fuse === 'blown' ? 'FUSE_BLOWN' : 'FUSE_OPEN', wait: this.fuse.remaining(now) }
    }
    this.flights += 1
    this.flight = this.flights
    this.leader = waiter
    return { do: 'lead', flight: this.flight }
  }

  /** @param {number} now @returns {number} milliseconds until logins may go on */
  blocked(now) {
    if (!this.block) return 0
    const age = now - this.block.since
    if (age >= 0 && age < this.block.length) return this.block.length - age
    this.block = null
    return 0
  }

  /** @param {any} waiter aborted while it waited; the flight goes on */
  leave(waiter) {
    if (this.leader === waiter) this.leader = null
    this.queue.leave(waiter)
  }

  /** @returns {Stamp | null} for a request that is sent now with the token */
  stamp() {
    this.order += 1
    return this.token === null ? null : { login: this.login, order: this.order, token: this.token }
  }

  /**
   * A flight has its token.
   * @param {number} flight
   * @param {string} token
   * @param {number} expiresIn milliseconds
   * @param {number} now
   * @returns {any[] | null} who waited; null: the flight is not the present one, its token is dropped
   */
  land(flight, token, expiresIn, now) {
    if (flight !== this.flight) return null
    this.login += 1
    this.order += 1
    this.set(token, expiresIn, now, this.order)
    this.fuse.refill()
    this.block = null
    this.pause = FIRST_PAUSE
    return this.end()
  }

  /**
   * A flight has failed.
   * @param {number} flight
   * @param {{ code?: number, relogin?: boolean, retryAfter?: number }} error
   * @param {number} now
   * @returns {any[] | null} who waited; null: the flight is not the present one
   */
  crash(flight, error, now) {
    if (flight !== this.flight) return null
    this.bar(error, now)
    return this.end()
  }

  /**
   * Draws the consequences of a failure for later logins.
   * @param {{ code?: number, relogin?: boolean, retryAfter?: number }} error
   * @param {number} now
   */
  bar(error, now) {
    const code = error.code || 0
    if (code === 20008 || (code === 20006 && !error.relogin)) this.hold = error
    if (PAUSING.indexOf(code) < 0) return
    let length = (error.retryAfter || 0) * 1000
    if (!length) {
      length = this.pause
      this.pause = Math.min(LONGEST_PAUSE, length * 2)
    }
    this.block = { since: now, length, error }
  }

  /**
   * A token came with the answer to a request.
   * @param {Stamp | null} stamp of that request
   * @param {string} token
   * @param {number} expiresIn milliseconds
   * @param {number} now
   * @returns {boolean} whether it is the token from now on
   */
  renew(stamp, token, expiresIn, now) {
    // A login is younger than all that was sent before it.
    if (!stamp || this.token === null || stamp.order <= this.bornAt) return false
    this.set(token, expiresIn, now, stamp.order)
    return true
  }

  /** @param {Stamp | null} stamp the gateway refuses this token @returns {boolean} whether it is the present one */
  refuse(stamp) {
    if (!stamp || stamp.token !== this.token) return false
    this.expiresIn = 0
    return true
  }

  /** @param {Stamp | null} stamp refused, although its login has just been made */
  relapse(stamp) {
    if (stamp && stamp.login === this.login) this.fuse.relapse()
  }

  /**
   * Forgets the token.
   * @returns {any[]} who waited for a flight, which counts no more
   */
  clear() {
    this.token = null
    this.login += 1
    return this.end()
  }

  /** @returns {any[]} as `clear`; from now on nothing logs in but an explicit wish */
  logout() {
    this.out = true
    return this.clear()
  }

  /** @private */
  end() {
    const waiters = this.queue.drain()
    if (this.leader) waiters.unshift(this.leader)
    this.leader = null
    this.flight = null
    return waiters
  }

  /** @private */
  set(token, expiresIn, now, order) {
    this.token = token
    this.expiresIn = expiresIn
    this.receivedAt = now
    this.bornAt = order
  }

  /** @returns {{ token: string | null, receivedAt: number, expiresIn: number, out: boolean }} what survives a restart */
  snapshot() {
    return { token: this.token, receivedAt: this.receivedAt, expiresIn: this.expiresIn, out: this.out }
  }

  /** @param {any} state of `snapshot`; anything else is ignored */
  restore(state) {
    if (!state) return
    this.out = state.out === true
    if (this.out || typeof state.token !== 'string' || !(state.expiresIn > 0) || !(state.receivedAt > 0)) return
    this.set(state.token, state.expiresIn, state.receivedAt, 0)
  }
}

module.exports = { SessionMachine }
