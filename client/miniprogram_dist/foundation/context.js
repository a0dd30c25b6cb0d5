const { MenshenError, reasonOf } = require('./errors')
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
    /** @type {string} */
    this.base = options.baseURL
    /** The wx.login that is running. @type {Promise<any> | null} */
    this.coding = null
  }

  /**
   * @param {import('./errors').Reason} reason
   * @param {any} [fields]
   * @returns {MenshenError}
   */
  fail(reason, fields) {
    const { messages, users, fallback } = this.texts
    const texts = { reason, message: messages[reason], userMessage: users[reason] || fallback }
    return new MenshenError(Object.assign(texts, fields))
  }

  /** @param {any} failure of a wx function, or an error of ours @param {import('./errors').Reason} [reason] */
  failure(failure, reason) {
    if (failure instanceof MenshenError) return failure
    if (failure instanceof Error) return this.fail(reason || 'NETWORK', { message: failure.message, cause: failure })
    const { errno, errMsg, missing } = failure || {}
    return this.fail(missing ? 'NOT_AVAILABLE' : reason || reasonOf(failure), { errno, cause: failure,
      message: this.texts.messages[reason || reasonOf(failure)] || errMsg })
  }

  /**
   * The value of an answer, or its failure. What the gateway made is known by its header alone.
   * @param {import('./transport').Answer} answer
   * @param {boolean} own whether it comes from the gateway's address
   */
  judge(answer, own) {
    const { status, header, data } = answer
    const envelope = own && made(header) && data && typeof data.code === 'number' ? data : null
    const { code, reason, msg: message, requestId, relogin, replay } = envelope || {}
    if (envelope && code === 10000) return data.data
    // A download's value is its file, whatever the file contains.
    if (!envelope && status < 400) return data
    const fields = { status, retryAfter: Number(header['retry-after']) || 0, requestId: requestId || header['x-request-id'] }
    if (!envelope) throw this.fail('HTTP_STATUS', Object.assign(fields, { data, message: 'HTTP ' + status }))
    throw this.fail(reason, Object.assign(fields, { code, message, relogin, replay, data: data.data }))
  }

  /** Tells the app what happens; never a token, a code or a phone number. @param {string} type @param {any} [detail] */
  emit(type, detail) {
    const { onEvent, logger } = this.options
    const event = Object.assign({ type }, detail)
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
