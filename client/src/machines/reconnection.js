/**
 * @typedef {{ do: 'login' | 'connect' | 'check' | 'wait' | 'end', refused?: boolean, ms?: number, error?: any } | null} Step
 */

/** Pauses between connections: 1 s, doubling to 30 s. */
const FIRST_PAUSE = 1000
const LONGEST_PAUSE = 30000

/** A connection that lasted this long is a success; shorter ones count as attempts. */
const STEADY = 5000

/** Close codes after which connecting again makes sense. */
const TEMPORARY = [1001, 1005, 1006, 1011, 1012, 1013, 1014]

/** A socket that survives its connections. Pure: time and chance are arguments, steps are values. */
class Reconnection {
  constructor() {
    /** @type {'idle' | 'login' | 'connecting' | 'open' | 'checking' | 'waiting' | 'ended'} */
    this.state = 'idle'
    this.attempts = 0
    this.openedAt = 0
    this.visible = true
    this.online = true
  }

  /** @returns {Step} */
  start() {
    return this.state === 'idle' ? this.login() : null
  }

  /** @returns {Step} the login is there */
  loggedIn() {
    if (this.state !== 'login') return null
    this.state = 'connecting'
    return { do: 'connect' }
  }

  /**
   * The login failed.
   * @param {any} error
   * @param {boolean} passing whether it can be otherwise later
   * @param {number} chance from 0 up to 1
   * @param {number} [least] milliseconds
   * @returns {Step}
   */
  loginFailed(error, passing, chance, least) {
    if (this.state !== 'login') return null
    return passing ? this.pause(chance, least) : this.end(error)
  }

  /** @param {number} now @returns {Step} */
  opened(now) {
    if (this.state !== 'connecting') return null
    this.state = 'open'
    this.openedAt = now
    return null
  }

  /**
   * The handshake was refused, or nobody answered.
   * @returns {Step}
   */
  refused() {
    if (this.state !== 'connecting') return null
    this.state = 'checking'
    return { do: 'check' }
  }

  /**
   * What the session says after a refused handshake.
   * @param {'good' | 'login' | 'out' | 'unknown'} verdict
   * @param {number} chance
   * @param {any} [error]
   * @returns {Step}
   */
  checked(verdict, chance, error) {
    if (this.state !== 'checking') return null
    if (verdict === 'out') return this.end(error)
    // A login that helped nothing must not be tried again at once.
    return verdict === 'login' && !this.attempts ? this.again() : this.pause(chance)
  }

  /**
   * The connection ended.
   * @param {number} code
   * @param {string} reason
   * @param {number} now
   * @param {number} chance
   * @returns {Step}
   */
  closed(code, reason, now, chance) {
    if (this.state === 'connecting') return this.refused()
    if (this.state !== 'open') return null
    if (now - this.openedAt >= STEADY) this.attempts = 0
    if (code === 1008 && /^token/.test(reason)) return this.attempts ? this.pause(chance) : this.again()
    return TEMPORARY.indexOf(code) < 0 ? this.end() : this.pause(chance)
  }

  /**
   * The pause is over.
   * @returns {Step}
   */
  elapsed() {
    return this.state === 'waiting' && this.visible && this.online ? this.login() : null
  }

  /** @param {boolean} visible the app is in the foreground @returns {Step} */
  shown(visible) {
    this.visible = visible
    return visible ? this.elapsed() : null
  }

  /** @param {boolean} online @returns {Step} */
  network(online) {
    this.online = online
    return online ? this.elapsed() : null
  }

  /** @param {any} [error] @returns {Step} */
  end(error) {
    if (this.state === 'ended') return null
    this.state = 'ended'
    return { do: 'end', error }
  }

  /** @private @returns {Step} */
  login() {
    this.state = 'login'
    return { do: 'login' }
  }

  /** @private @returns {Step} */
  again() {
    this.attempts += 1
    this.state = 'login'
    return { do: 'login', refused: true }
  }

  /** @private @returns {Step} */
  pause(chance, least = 0) {
    const longest = Math.min(LONGEST_PAUSE, FIRST_PAUSE * Math.pow(2, this.attempts))
    this.attempts = Math.min(this.attempts + 1, 10)
    this.state = 'waiting'
    return { do: 'wait', ms: Math.max(least, Math.floor(chance * longest)) }
  }
}

module.exports = { Reconnection }
