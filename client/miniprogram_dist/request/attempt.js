const { send } = require('../foundation/transport')
const { resolve, withQuery, listed } = require('../foundation/url')
const { nothing } = require('../foundation/task')
const { lost } = require('../login/signin')

/** Options of a call that are ours; all others go through to wx. */
const OWN = ['method', 'path', 'query', 'data', 'header', 'timeout', 'needLogin', 'inPlace', 'authorize', 'raw', 'share', 'retry',
  'onProgress', 'onChunk']

/** The longest `retry-after` that is waited for. */
const LONGEST_WAIT = 3

/** Sets a header, whatever case another of its name has. */
function setHeader(header, name, value) {
  for (const other of Object.keys(header)) if (other.toLowerCase() === name.toLowerCase()) delete header[other]
  header[name] = value
}

/** The headers of a call, without the token. */
function headersOf(ctx, request) {
  const header = { 'content-type': 'application/json' }
  for (const more of [ctx.options.headers(), request.header || {}]) {
    for (const name of Object.keys(more)) setHeader(header, name, more[name])
  }
  return header
}

/** Whether the token belongs to a call. */
function wantsToken(ctx, request, own) {
  return own && request.needLogin !== false && !listed(ctx.options.withoutToken, request.path)
}

function outgoing(ctx, kind, request, url) {
  const header = headersOf(ctx, request)
  let { method } = request
  if (method === 'PATCH' || method === 'patch') {
    // wx.request has no PATCH.
    method = 'POST'
    setHeader(header, 'x-http-method-override', 'PATCH')
  }
  // wx writes the type of a form with its boundary itself.
  if (kind === 'upload' || kind === 'download') setHeader(header, 'content-type', undefined)
  if (header['content-type'] === undefined) delete header['content-type']
  const extra = {}
  for (const name of Object.keys(request)) if (OWN.indexOf(name) < 0) extra[name] = request[name]
  const { data, onProgress, onChunk } = request
  return { url, method, data, header, extra, onProgress, onChunk, timeout: request.timeout || ctx.options.timeout }
}

/**
 * A call, from its first attempt to its last. Each reason for another attempt has one chance.
 * @param {any} api
 * @param {'request' | 'upload' | 'download' | 'stream'} kind
 * @param {any} spec
 * @returns {Generator<any, { status: number, header: Record<string, string>, data: any }, any>}
 */
function* attempts(api, kind, spec) {
  const { ctx, session } = api
  const { host } = ctx
  const safe = /^(GET|HEAD)$/i.test(spec.method) && kind !== 'upload'
  const left = { replay: true, resend: true, authorize: true, retry: spec.retry === undefined ? safe : spec.retry }
  let refused
  for (;;) {
    const request = yield* before(api, spec)
    const { url, own } = resolve(ctx.base, withQuery(request.path, request.query))
    const wants = wantsToken(ctx, request, own)
    const must = wants && (request.needLogin !== 'optional' || Boolean(refused))
    let flight
    let again = false
    try {
      if (must) flight = yield session.enter({ refused, inPlace: request.inPlace && left.replay })
      const out = outgoing(ctx, kind, request, url)
      let stamp = null
      if (flight) {
        const { code } = yield session.credential()
        setHeader(out.header, 'x-wx-code', code)
        if (ctx.options.appId) setHeader(out.header, 'x-wx-appid', ctx.options.appId)
      } else if (wants && (must || session.getToken()) && !host.singlePage()) {
        stamp = session.machine.stamp()
        // It was logged out between two steps.
        if (!stamp) continue
        setHeader(out.header, ctx.options.tokenHeader, ctx.options.bearer + stamp.token)
      }
      if (own) {
        out.onHeaders = (header) => {
          const token = header['x-auth-token']
          const life = Number(header['x-auth-expires-in'])
          if (!token || !life) return
          if (flight) session.landed(flight, token, life)
          else session.renew(stamp, token, life)
        }
      }
      let answer
      try {
        answer = yield send(host, ctx.transport, kind, out)
      } catch (failure) {
        const error = ctx.failure(failure)
        if (!left.retry || !lost(error) || error.reason === 'TIMEOUT' || out.started) throw error
        left.retry = false
        if (error.reason === 'BACKGROUND') yield host.foreground()
        again = true
        continue
      }
      try {
        const data = ctx.judge(answer, own)
        if (own && request.path.indexOf(ctx.options.authPath + '/') === 0) session.learn(stamp, data)
        return { status: answer.status, header: answer.header, data }
      } catch (error) {
        again = yield* after(api, { request, error, stamp, flight, left, wants: must || stamp })
        if (!again) throw error
        if (error.relogin) refused = stamp || undefined
      }
    } finally {
      if (flight) session.release(flight, again)
    }
  }
}

/** Whether a login in place failed for all: a service's own failure says nothing about logins. */
function barsLogins({ code, reason }) {
  return code === 20008 || code === 20009 || code === 25003 || code === 20006 || reason === 'WECHAT_UNAVAILABLE'
}

/** Interceptors run before each attempt, on a copy. */
function* before(api, spec) {
  let request = Object.assign({}, spec, { header: Object.assign({}, spec.header) })
  for (const { ok } of api.interceptors.request.list()) request = (yield ok(request)) || request
  return request
}

/** Whether a refused call is sent once more; draws the consequences of the refusal for the session. */
function* after(api, { request, error, stamp, flight, left, wants }) {
  const { ctx, session } = api
  session.told(stamp, error)
  if (error.code === 20011 && request.authorize && left.authorize) {
    left.authorize = false
    const options = request.authorize === true ? {} : request.authorize
    yield session.mustAuth(Object.assign({ require: error.data && error.data.missing }, options))
    return true
  }
  if (wants && error.relogin) {
    if (error.replay || flight) {
      if (left.replay) {
        left.replay = false
        ctx.emit('replay', { path: request.path, code: error.code })
        return true
      }
      session.machine.relapse(stamp)
    } else if (error.code !== 20006 && error.code !== 20007) {
      // A phone code that is refused says nothing about the login. What was encrypted stays unreadable.
      yield session.enter({ refused: stamp, force: session.machine.token === (stamp && stamp.token) }).catch(nothing)
    }
  } else if (flight && barsLogins(error)) session.crashed(flight, error)
  else if (error.replay && !error.relogin && left.resend && error.retryAfter <= LONGEST_WAIT) {
    left.resend = false
    yield ctx.host.pause((error.retryAfter || 0.5) * 1000 + ctx.host.random() * 500)
    return true
  }
  if (error.code === 20010) ctx.toast(ctx.texts.tapAgain)
  return false
}

module.exports = { attempts, headersOf, wantsToken, setHeader }
