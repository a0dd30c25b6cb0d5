const { MenshenError, reasonOf } = require('./errors')
const { merge } = require('./task')
const { made } = require('./transport')

/** What every layer needs: host, transport, texts, options, and the making of errors. */
class Context {
  /**
   * @param {any} host
   * @param {any} transport
   * @param {import('./texts').Texts} texts
   * @param {any} options complete
   */
  constructor(host, transport, texts, options) {
    this.host = host
    this.transport = transport
    this.texts = texts
    this.options = options
    /**
     * The wx.login that is running.
     * @type {Promise<any> | null}
     */
    this.coding = null
  }

  /**
   * The headers of a call; a later one replaces its name in any case, and undefined takes it away.
   * @param {any[]} sources
   * @param {string | null} [token]
   * @returns {Record<string, any>}
   */
  header(sources, token) {
    const { headers, tokenHeader, bearer } = this.options
    const header = {}
    const own = token ? { [tokenHeader]: bearer + token } : null
    for (const source of [{ 'content-type': 'application/json' }, headers()].concat(sources, own)) {
      for (const name of Object.keys(source || {})) {
        for (const other of Object.keys(header)) if (other.toLowerCase() === name.toLowerCase()) delete header[other]
        if (source[name] !== undefined) header[name] = source[name]
      }
    }
    return header
  }

  /**
   * @param {import('./errors').Reason} reason
   * @param {any} [fields]
   * @returns {MenshenError}
   */
  fail(reason, fields) {
    const { messages, users, tapAgain } = this.texts
    return new MenshenError(merge({ reason, message: messages[reason], userMessage: users[reason] || tapAgain }, fields))
  }

  /**
   * @param {any} failure of a wx function, or an error
   * @param {import('./errors').Reason} [reason] where wx's own number tells nothing
   */
  failure(failure, reason) {
    if (failure instanceof MenshenError) return failure
    const { errno, errMsg, message = errMsg } = failure || {}
    const known = reason || reasonOf(failure)
    return this.fail(known, { errno, cause: failure, message: this.texts.messages[known] || message })
  }

  /**
   * The value of an answer, or its failure. What the gateway made is known by its header alone.
   * @param {import('./transport').Answer} answer
   * @param {boolean} own whether it comes from the gateway's address
   */
  judge({ status, header, data }, own) {
    const envelope = own && made(header) && data && typeof data.code === 'number' ? data : null
    if (envelope && envelope.code === 10000) return envelope.data
    if (!envelope && status < 400) return data
    const found = envelope || { reason: 'HTTP_STATUS', msg: 'HTTP ' + status, data }
    const { code, reason, msg: message, requestId = header['x-request-id'], relogin, replay } = found
    const retryAfter = Number(header['retry-after']) || 0
    throw this.fail(reason, { code, message, requestId, relogin, replay, status, retryAfter, data: found.data })
  }

  /**
   * Tells the app what happens; never a token, a code or a phone number.
   * @param {string} type
   * @param {any} [detail]
   */
  emit(type, detail) {
    const { onEvent, logger } = this.options
    const event = merge({ type }, detail)
    try {
      if (onEvent) onEvent(event)
      if (logger) logger.info('menshen', event)
    } catch (_) {
      // A fault of a listener is not one of the call.
    }
  }

  /** @param {string} title */
  toast(title) {
    this.host.ask('showToast', { icon: 'none', title })
  }
}

module.exports = { Context }
