/**
 * Reasons that the client itself gives; their code is 0.
 * @typedef {'NETWORK' | 'TIMEOUT' | 'ABORTED' | 'DOMAIN_NOT_LISTED' | 'BACKGROUND' | 'WX_LOGIN_FAILED' | 'FUSE_OPEN' |
 *   'QUEUE_FULL' | 'LOGGED_OUT' | 'AUTH_CANCELLED' | 'AUTH_REFUSED' | 'PRIVACY_REFUSED' | 'PRIVACY_NOT_DECLARED' |
 *   'PHONE_QUOTA' | 'SINGLE_PAGE' | 'STEP_REQUIRED' | 'HTTP_STATUS' | 'APP_FAILURE' | 'SOCKET_CLOSED' |
 *   'NOT_AVAILABLE'} LocalReason
 */

/**
 * Reasons of the gateway's envelope.
 * @typedef {'AUTH_REQUIRED' | 'AUTH_INVALID' | 'AUTH_EXPIRED' | 'CLIENT_KEY_INVALID' | 'AUTH_REVOKED' |
 *   'LOGIN_CODE_INVALID' | 'LOGIN_CODE_USED' | 'USER_BLOCKED' | 'LOGIN_THROTTLED' | 'DECRYPT_WX_OPEN_DATA_FAIL' |
 *   'AUTH_STEP_REQUIRED' | 'FORBIDDEN' | 'BAD_REQUEST' | 'ROUTE_NOT_FOUND' | 'METHOD_NOT_ALLOWED' | 'REQUEST_TIMEOUT' |
 *   'BODY_TOO_LARGE' | 'URI_TOO_LONG' | 'EXPECTATION_FAILED' | 'MISDIRECTED_REQUEST' | 'RATE_LIMITED' |
 *   'HEADERS_TOO_LARGE' | 'INTERNAL' | 'MISCONFIGURED' | 'UNAVAILABLE' | 'LOOP_DETECTED' | 'NOT_SUPPORTED' |
 *   'UPSTREAM_STATUS' | 'UPSTREAM_CONNECT' | 'UPSTREAM_TIMEOUT' | 'UPSTREAM_PROTOCOL' | 'UPSTREAM_UNAVAILABLE' |
 *   'WECHAT_UNAVAILABLE'} GatewayReason
 */

/** @typedef {LocalReason | GatewayReason} Reason */

/**
 * @typedef {object} Fields
 * @property {Reason} reason
 * @property {string} [message]
 * @property {number} [code]
 * @property {number} [status]
 * @property {string} [userMessage]
 * @property {string} [requestId]
 * @property {number} [retryAfter]
 * @property {any} [data]
 * @property {number} [errno]
 * @property {any} [cause]
 * @property {boolean} [relogin]
 * @property {boolean} [replay]
 */

/** What every call of this package rejects with. */
class MenshenError extends Error {
  /** @param {Fields} fields */
  constructor(fields) {
    super(fields.message || fields.reason)
    this.name = 'MenshenError'
    /** The envelope's code; 0 where the gateway has not answered. */
    this.code = fields.code || 0
    /** @type {Reason} */
    this.reason = fields.reason
    /** The HTTP status of the answer, 0 without one. */
    this.status = fields.status || 0
    /** What a user can read. */
    this.userMessage = fields.userMessage || this.message
    /** To be quoted in a report. */
    this.requestId = fields.requestId || ''
    /** Seconds until another attempt makes sense, 0: not known. */
    this.retryAfter = fields.retryAfter || 0
    /** @type {any} `data` of the envelope, or the body of another failure. */
    this.data = fields.data
    /** wx's own number. */
    this.errno = fields.errno || 0
    /** @type {any} */
    this.cause = fields.cause
    /** Whether the gateway says that a login helps. */
    this.relogin = fields.relogin === true
    /** Whether the gateway says that the same request may be sent again. */
    this.replay = fields.replay === true
  }

  /**
   * Errors of another copy of this package are errors of this one.
   * @param {any} value
   */
  static [Symbol.hasInstance](value) {
    return Boolean(value) && value.name === 'MenshenError'
  }

  /** The app or the user gave up: nothing to show. */
  get isCancel() {
    return this.reason === 'ABORTED' || this.reason === 'AUTH_CANCELLED'
  }
}

/**
 * wx's numbers, the texts of versions without them, and what they mean.
 * @type {[number, RegExp | null, LocalReason][]}
 */
const NUMBERS = [
  [600002, /domain list|合法域名/, 'DOMAIN_NOT_LISTED'],
  [600003, /interrupted/, 'BACKGROUND'],
  [104, null, 'PRIVACY_REFUSED'],
  [112, null, 'PRIVACY_NOT_DECLARED'],
  [1400001, null, 'PHONE_QUOTA'],
  [5, /time ?out/i, 'TIMEOUT'],
  [-1, /abort/, 'ABORTED']
]

/**
 * The reason of a failure that a wx function reports.
 * @param {any} failure
 * @returns {LocalReason}
 */
function reasonOf(failure) {
  const { errno = 0, errMsg = '', missing } = failure || {}
  if (missing) return 'NOT_AVAILABLE'
  const found = NUMBERS.find((row) => errno === row[0] || (row[1] && row[1].test(errMsg)))
  return found ? found[2] : 'NETWORK'
}

module.exports = { MenshenError, reasonOf }
