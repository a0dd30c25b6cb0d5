/** Automatic logins in a row that may fail before the fuse opens. */
const REFRESH_LOGIN_FUSELINE_DEFAULT = 3

/** Limits automatic logins. Those who wait for a login do not count, only who leads it. */
class Fuse {
  /** @param {{ refreshLoginFuseRestoreTime: number }} limits */
  constructor(limits) {
    this.limits = limits
    this.left = REFRESH_LOGIN_FUSELINE_DEFAULT
    /** What was left before the last success refilled it. */
    this.before = this.left
    /** @type {number | null} when it opened */
    this.openedAt = null
  }

  /**
   * Takes one count.
   * @param {number} now milliseconds
   * @returns {'' | 'blown' | 'open'} '': go on; 'blown': it opens now; 'open': it is open
   */
  take(now) {
    if (this.openedAt !== null) {
      if (this.remaining(now)) return 'open'
      this.openedAt = null
      this.left = REFRESH_LOGIN_FUSELINE_DEFAULT
    }
    if (this.left > 0) {
      this.left -= 1
      return ''
    }
    this.openedAt = now
    return 'blown'
  }

  /** A login succeeded. */
  refill() {
    this.before = this.left
    this.left = REFRESH_LOGIN_FUSELINE_DEFAULT
    this.openedAt = null
  }

  /** The gateway refuses the token of the last login: its success does not count. */
  relapse() {
    this.left = Math.min(this.left, this.before)
  }

  /** @param {number} now @returns {number} milliseconds until it closes, 0 if it is closed */
  remaining(now) {
    const age = now - (this.openedAt || 0)
    // A clock that was set back must not keep it open for longer.
    return this.openedAt !== null && age >= 0 ? Math.max(0, this.limits.refreshLoginFuseRestoreTime - age) : 0
  }
}

module.exports = { Fuse, REFRESH_LOGIN_FUSELINE_DEFAULT }
