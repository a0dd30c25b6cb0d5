const { task, merge, abortable } = require('../foundation/task')
const { parsed } = require('../foundation/transport')
const { resolve } = require('../foundation/url')
const { attempts, wantsToken } = require('./attempt')
const { Socket } = require('./socket')

/**
 * @template T
 * @typedef {import('../foundation/task').Abortable<T>} Call
 */

/** @typedef {{ status: number, header: Record<string, string>, data: any }} Response */

/**
 * @typedef {object} CallOptions
 * @property {Record<string, any>} [query]
 * @property {Record<string, any>} [header]
 * @property {number} [timeout] milliseconds
 * @property {boolean | 'optional'} [needLogin] true unless false; 'optional': a token that is there is sent
 * @property {boolean} [inPlace] a login that this call leads is made with the call itself
 * @property {boolean | import('../auth/must-auth').MustAuthOptions} [authorize] at 20011: ask the user, send once more
 * @property {boolean} [raw] resolve to `{ status, header, data }`
 * @property {boolean} [share] join an equal GET in flight
 * @property {boolean} [retry] once more after a network failure; GET and HEAD do so unless false
 */

/**
 * @typedef {CallOptions & { filePath: string, name: string, formData?: Record<string, any>,
 *   onProgress?: (progress: any) => void, [option: string]: any }} UploadOptions
 */

/** @typedef {CallOptions & { filePath?: string, onProgress?: (progress: any) => void, [option: string]: any }} DownloadOptions */

/** A list of interceptors. */
class Interceptors {
  constructor() {
    /** @type {{ ok?: any, bad?: any }[]} */
    this.list = []
  }

  /**
   * @param {((value: any, request?: any) => any) | null} [ok] may return a promise, replace the value, or throw
   * @param {(error: any, request?: any) => any} [bad] for responses: may return a response instead, or throw
   * @returns {() => void} removes it
   */
  use(ok, bad) {
    const entry = { ok, bad }
    this.list = this.list.concat(entry)
    return () => { this.list = this.list.filter((other) => other !== entry) }
  }
}

/** The request layer. */
class Api {
  /**
   * @param {import('../foundation/context').Context} ctx
   * @param {import('../login/session').Session} session
   */
  constructor(ctx, session) {
    /** @private */
    this.ctx = ctx
    this.session = session
    this.status = session.status
    /** `request`: before each attempt. `response`: once for each call. */
    this.interceptors = { request: new Interceptors(), response: new Interceptors() }
    /** @private */
    this.flying = {}
    this.delete = this.del
  }

  /**
   * @template [T=any]
   * @param {string} path
   * @param {Record<string, any> | null} [query]
   * @param {CallOptions & { [option: string]: any }} [options]
   * @returns {Call<T>}
   */
  get(path, query, options) {
    return this.request(merge({ query }, options, { method: 'GET', path }))
  }

  /**
   * @template [T=any]
   * @param {string} path
   * @param {any} [data]
   * @param {CallOptions & { [option: string]: any }} [options]
   * @returns {Call<T>}
   */
  post(path, data, options) {
    return this.request(merge({}, options, { method: 'POST', path, data }))
  }

  /**
   * @template [T=any]
   * @param {string} path
   * @param {any} [data]
   * @param {CallOptions & { [option: string]: any }} [options]
   * @returns {Call<T>}
   */
  put(path, data, options) {
    return this.request(merge({}, options, { method: 'PUT', path, data }))
  }

  /**
   * PATCH by `x-http-method-override` on POST, where the route honours it.
   * @template [T=any]
   * @param {string} path
   * @param {any} [data]
   * @param {CallOptions & { [option: string]: any }} [options]
   * @returns {Call<T>}
   */
  patch(path, data, options) {
    return this.request(merge({}, options, { method: 'PATCH', path, data }))
  }

  /**
   * @template [T=any]
   * @param {string} path
   * @param {any} [data]
   * @param {CallOptions & { [option: string]: any }} [options]
   * @returns {Call<T>}
   */
  del(path, data, options) {
    return this.request(merge({}, options, { method: 'DELETE', path, data }))
  }

  /**
   * @template [T=any]
   * @param {CallOptions & { path: string, method?: string, data?: any, [option: string]: any }} spec
   * @returns {Call<T>}
   */
  request(spec) {
    const whole = merge({ method: 'GET', share: this.ctx.options.share }, spec)
    if (!whole.share || whole.method !== 'GET') return this.start('request', whole)
    const key = JSON.stringify([whole.path, whole.query, whole.header, whole.needLogin, whole.raw])
    return this.join(key, () => this.start('request', whole))
  }

  /**
   * A call in flight for all who ask for it; given up when all of them have.
   * @private
   * @returns {any}
   */
  join(key, start) {
    const { flying } = this
    const entry = flying[key] || (flying[key] = { call: start(), users: 0 })
    const end = () => {
      if (flying[key] === entry) delete flying[key]
    }
    entry.users += 1
    return abortable((resolve, reject) => {
      entry.call.then(resolve, reject)
      entry.call.then(end, end)
      return () => {
        entry.users -= 1
        if (entry.users) return
        end()
        entry.call.abort()
      }
    })
  }

  /**
   * @template [T=any]
   * @param {string} path
   * @param {UploadOptions} options
   * @returns {Call<T>}
   */
  upload(path, options) {
    return this.start('upload', merge({}, options, { method: 'POST', path, data: options.formData, formData: undefined }))
  }

  /**
   * @param {string} path
   * @param {DownloadOptions} [options]
   * @returns {Call<{ tempFilePath?: string, filePath?: string }>}
   */
  download(path, options) {
    return this.start('download', merge({}, options, { method: 'GET', path }))
  }

  /**
   * Text as it arrives. A replay happens only before the first chunk.
   * @param {string} path
   * @param {CallOptions & { method?: string, data?: any, onChunk: (text: string) => void, [option: string]: any }} options
   * @returns {Call<any>}
   */
  stream(path, options) {
    return this.start('stream', merge({ method: 'GET' }, options, { path }))
  }

  /**
   * A WebSocket that connects again.
   * @param {string} path
   * @param {import('./socket').SocketOptions} [options]
   * @returns {Call<import('./socket').Socket>}
   */
  connect(path, options) {
    return Socket.connect(this, path, options || {})
  }

  /**
   * What WeChat fetched before the start (数据预拉取).
   * @returns {Promise<{ data: any, path?: string, query?: string, timeStamp?: number }>}
   */
  prefetched() {
    const { ctx } = this
    return ctx.host.call(ctx.host.fn('getBackgroundFetchData'), { fetchType: 'pre' }, 3000).then((result) => {
      const { fetchedData, path, query, timeStamp } = result
      const data = parsed(fetchedData)
      return { data: data && data.code === 10000 ? data.data : data, path, query, timeStamp }
    }, (failure) => { throw ctx.failure(failure) })
  }

  /**
   * The headers that a call to this address would have, for calls past this package.
   * @param {string} path
   * @returns {Record<string, string>}
   */
  createHeader(path) {
    const { ctx, session } = this
    const wants = wantsToken(ctx, { path }, resolve(ctx.options.baseURL, path).own)
    return ctx.header([], wants ? session.getToken() : null)
  }

  /** @private @returns {any} */
  start(kind, spec) {
    return task(this.run(kind, spec))
  }

  /** @private */
  *run(kind, spec) {
    const { ctx } = this
    const { isFailure } = ctx.options
    let response
    let error
    try {
      response = yield* attempts(this, kind, spec)
      const failure = isFailure && isFailure(response)
      if (failure) throw ctx.fail('APP_FAILURE', { status: response.status, data: response.data, message: String(failure) })
    } catch (thrown) {
      error = thrown
    }
    for (const { ok, bad } of this.interceptors.response.list) {
      try {
        if (error && bad) {
          response = yield bad(error, spec)
          if (response) error = null
        } else if (!error && ok) response = (yield ok(response, spec)) || response
      } catch (thrown) {
        error = thrown
      }
    }
    if (!error) return spec.raw ? response : response.data
    ctx.emit('error', { path: spec.path, code: error.code, reason: error.reason, requestId: error.requestId })
    throw error
  }
}

module.exports = { Api }
