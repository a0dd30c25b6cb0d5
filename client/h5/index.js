const { assemble } = require('../miniprogram_dist/assemble')
const { Host } = require('../miniprogram_dist/foundation/host')
const { nothing } = require('../miniprogram_dist/foundation/task')
const { MenshenError } = require('../miniprogram_dist/foundation/errors')
const { Status } = require('../miniprogram_dist/machines/status')

const TICKET = /([#&?])menshen_ticket=([^&]*)&?/

/**
 * @typedef {import('../miniprogram_dist/assemble').Options & {
 *   renewPage?: string, renewTicket?: () => Promise<string> }} WebOptions
 * `renewPage`: the page of the mini program that opens this H5 page again. `renewTicket`: another way to a ticket.
 */

/**
 * `wx.request` on fetch.
 * @param {any} options
 * @returns {{ abort: () => void, onChunkReceived: any, onHeadersReceived: any }}
 */
function request(options) {
  const control = new AbortController()
  const timer = setTimeout(() => control.abort(), options.timeout)
  let chunk = nothing
  let headers = nothing
  const method = options.method.toUpperCase()
  const bare = method === 'GET' || method === 'HEAD' || options.data === undefined
  const body = bare ? undefined : typeof options.data === 'string' ? options.data : JSON.stringify(options.data)
  const answered = fetch(options.url, { method, headers: options.header, body, signal: control.signal, credentials: 'omit' })
  const read = (response) => {
    const header = {}
    response.headers.forEach((value, name) => { header[name] = value })
    headers({ header })
    const done = (data) => options.success({ statusCode: response.status, header, data })
    if (options.responseType === 'arraybuffer' && !options.enableChunked) return response.arrayBuffer().then(done)
    if (!options.enableChunked) return response.text().then(value).then(done)
    const reader = response.body.getReader()
    const next = () => reader.read().then((part) => {
      if (part.done) return done('')
      chunk({ data: part.value.buffer.slice(part.value.byteOffset, part.value.byteOffset + part.value.byteLength) })
      return next()
    })
    return next()
  }
  answered.then(read).then(() => clearTimeout(timer), (error) => {
    clearTimeout(timer)
    options.fail({ errMsg: 'request:fail ' + (control.signal.aborted ? 'timeout' : error.message) })
  })
  return {
    abort: () => control.abort(),
    onChunkReceived: (listener) => { chunk = listener },
    onHeadersReceived: (listener) => { headers = listener }
  }
}

/** JSON as a value, as wx.request gives it. */
function value(text) {
  try {
    return JSON.parse(text)
  } catch (_) {
    return text
  }
}

/** A browser, mostly the one inside `web-view`. */
class BrowserHost extends Host {
  /** @param {WebOptions} options */
  constructor(options) {
    super()
    this.options = options
    document.addEventListener('visibilitychange', () => this.show(document.visibilityState === 'visible'))
  }

  fn(name) {
    return name === 'request' ? request : undefined
  }

  ask() {
    return undefined
  }

  account() {
    return { appId: '', envVersion: 'release' }
  }

  singlePage() {
    return false
  }

  load(key) {
    return value(sessionStorage.getItem(key))
  }

  save(key, state) {
    try {
      sessionStorage.setItem(key, JSON.stringify(state))
    } catch (_) {
      sessionStorage.removeItem(key)
    }
  }

  onNetwork(listener) {
    const [online, offline] = [() => listener(true), () => listener(false)]
    addEventListener('online', online)
    addEventListener('offline', offline)
    return () => {
      removeEventListener('online', online)
      removeEventListener('offline', offline)
    }
  }

  pages() {
    return []
  }
}

/**
 * Takes the ticket out of the address, so that nobody copies it.
 * @returns {string}
 */
function takeTicket() {
  const { hash, pathname, search } = location
  const found = TICKET.exec(hash)
  if (!found) return ''
  const rest = hash.replace(TICKET, '$1').replace(/[#&?]$/, '')
  history.replaceState(history.state, '', pathname + search + rest)
  return decodeURIComponent(found[2])
}

/**
 * The same client for an H5 page that a mini program opened with `session.webViewUrl`.
 * @param {WebOptions} options
 * @returns {import('../miniprogram_dist/request/api').Api}
 */
function createMenshen(options) {
  let ticket = takeTicket()
  const credential = (ctx) => {
    if (ticket) {
      const given = ticket
      ticket = ''
      return Promise.resolve({ ticket: given })
    }
    const { renewPage, renewTicket } = options
    if (renewTicket) return renewTicket().then((fresh) => ({ ticket: fresh }))
    const { wx } = /** @type {any} */ (window)
    if (renewPage && wx && wx.miniProgram) wx.miniProgram.redirectTo({ url: renewPage })
    return Promise.reject(ctx.fail('WX_LOGIN_FAILED', { message: 'a ticket of the mini program is needed' }))
  }
  const handed = Boolean(ticket)
  const api = assemble(options, new BrowserHost(options), credential)
  // A token of before can be another user's.
  if (handed) api.session.login({ force: true }).catch(nothing)
  return api
}

module.exports = { createMenshen, MenshenError, Status }
