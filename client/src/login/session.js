const { MenshenError } = require('../foundation/errors')
const { nothing, merge } = require('../foundation/task')
const { Flights } = require('./flights')

const PROFILE = ['nickname', 'avatarUrl', 'gender', 'city', 'province', 'country', 'encryptedData', 'iv', 'rawData', 'signature']

const detailOf = (event) => (event && event.detail) || event || {}

/** @param {any} event a component's event, or its detail @returns {any} what `POST /auth/user` takes */
function profileOf(event) {
  const detail = detailOf(event)
  // wx's open data names it nickName.
  const known = merge({ nickname: detail.nickName }, detail)
  const body = {}
  for (const name of PROFILE) if (known[name] !== undefined) body[name] = known[name]
  return body
}

/**
 * A refusal is told by the missing code, since wx spells its text in several ways.
 * @param {any} event of the phone button, or its detail
 * @returns {{ body?: any, refusal?: { failure: any, reason?: any } }}
 */
function phoneOf(event) {
  const detail = detailOf(event)
  if (detail.code) return { body: { code: detail.code } }
  if (detail.encryptedData) return { body: { encryptedData: detail.encryptedData, iv: detail.iv } }
  const known = [104, 112, 1400001].indexOf(detail.errno) >= 0
  return { refusal: { failure: detail, reason: known ? undefined : 'AUTH_REFUSED' } }
}

/** @typedef {import('./flights').User} User */

/** @typedef {import('./flights').Need} Need */

/** One user's login. Copies of the package share it. */
class Session extends Flights {
  /**
   * Logs in, unless the token is valid. Ends a logout.
   * @param {{ force?: boolean }} [options] force: also with a valid token
   * @returns {Promise<void>}
   */
  login(options) {
    return this.enter({ explicit: true, force: Boolean(options && options.force) })
  }

  /**
   * Logs in if that is needed.
   * @returns {Promise<void>}
   */
  ensureLogin() {
    return this.enter({})
  }

  /** @returns {string | null} the token, if it can still be good */
  getToken() {
    return this.machine.valid(this.ctx.host.now()) ? this.machine.token : null
  }

  /**
   * Logs in again; counts for the fuse.
   * @returns {Promise<void>}
   */
  refreshLogin() {
    return this.enter({ force: true })
  }

  /**
   * Takes one count of the fuse.
   * @returns {Promise<void>} rejects with FUSE_OPEN where none is left
   */
  refreshLoginFuse() {
    const fuse = this.machine.fuse.take(this.ctx.host.now())
    return fuse ? Promise.reject(this.refusal({ reason: fuse === 'blown' ? 'FUSE_BLOWN' : 'FUSE_OPEN' })) : Promise.resolve()
  }

  /** Forgets token and user on this phone; the next call that needs a login logs in. */
  clearSession() {
    this.forget(this.machine.clear(), 'ABORTED')
  }

  /**
   * Makes sure that open data decrypts. For `encryptedData` only, and before the button shows: a login between tap and
   * answer spoils what was tapped.
   * @returns {Promise<void>}
   */
  ensureSessionKey() {
    const { host } = this.ctx
    return this.ensureLogin().then(() => host.call(host.fn('checkSession'), {}, 5000))
      .then(nothing, (error) => {
        if (error instanceof MenshenError) throw error
        return this.refreshLogin()
      })
  }

  /**
   * Asks the user for what is missing. Rejects with AUTH_CANCELLED when the user leaves.
   * @param {import('../auth/must-auth').MustAuthOptions} [options]
   * @returns {Promise<void>}
   */
  mustAuth(options) {
    return this.steps.mustAuth(options)
  }

  /** @returns {number} AuthStep */
  currentAuthStep() {
    return this.authStep
  }

  hasUser() {
    return this.user !== null && this.missing.indexOf('profile') < 0
  }

  hasUnionId() {
    return this.user !== null && this.user.hasUnionId === true
  }

  hasPhone() {
    return this.user !== null && this.missing.indexOf('phone') < 0
  }

  /**
   * Records the profile.
   * @param {any} event of `user-container`, or an object with `nickname` …, or open data
   * @returns {Promise<void>}
   */
  updateUser(event) {
    return this.call('POST', '/user', profileOf(event))
  }

  /**
   * Records the phone number.
   * @param {any} event of `phone-container`, or `{ code }`, or `{ encryptedData, iv }`
   * @returns {Promise<void>}
   */
  updatePhone(event) {
    const { refusal, body } = phoneOf(event)
    return refusal ? Promise.reject(this.ctx.failure(refusal.failure, refusal.reason)) : this.call('POST', '/phone', body)
  }

  /**
   * Erases the phone number.
   * @returns {Promise<void>}
   */
  unbindPhone() {
    return this.call('DELETE', '/phone')
  }

  /**
   * Reads the user anew.
   * @returns {Promise<void>}
   */
  reload() {
    return this.call('GET', '/session')
  }

  /**
   * Erases all that is known of the user (注销), and is logged out.
   * @returns {Promise<void>}
   */
  deleteUser() {
    return this.call('DELETE', '/user').then(() => this.leave())
  }

  /**
   * Ends the session: here at once, at the gateway now or at the next start. Nothing logs in until `login()`.
   * @returns {Promise<void>} never rejects
   */
  logout() {
    const { token } = this.machine
    if (token) this.farewell = this.farewell.concat(token).slice(-5)
    this.leave()
    return this.sayGoodbye()
  }

  /**
   * Hands the login over to an H5 page, which redeems the ticket in the fragment.
   * @param {string} url
   * @returns {Promise<string>}
   */
  webViewUrl(url) {
    return this.call('POST', '/ticket').then(({ ticket }) =>
      url + (url.indexOf('#') < 0 ? '#' : '&') + 'menshen_ticket=' + encodeURIComponent(ticket))
  }

  /** @param {(user: User | null) => void} listener @returns {() => void} removes it */
  onChange(listener) {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** @returns {string} the query that the auth page could not give to a tab page; once */
  takeQuery() {
    return this.steps.takeQuery()
  }
}

module.exports = { Session, phoneOf }
