const { send } = require('../foundation/transport')
const { resolve, withQuery, listed } = require('../foundation/url')
const { merge, nothing } = require('../foundation/task')
const { lost } = require('../login/signin')

/** Options of a call that are ours; all others go through to wx. */
const OWN = ['method', 'path', 'query', 'data', 'header', 'timeout', 'needLogin', 'inPlace', 'authorize', 'raw', 'share', 'retry',
  'onProgress', 'onChunk']

/** The longest `retry-after` that is waited for. */
const LONGEST_WAIT = 3

/** Whether the token belongs to a call. */
function wantsToken({ options }, request, own) {
  return own && request.needLogin !== false && !listed(options.withoutToken, request.path)
}

function outgoing(ctx, kind, request, url, more, token) {
  const { data, timeout = ctx.options.timeout, onProgress, onChunk } = request
  // wx.request has no PATCH, and writes the type of a form with its boundary itself.
  const patch = /^patch$/i.test(request.method)
  const form = kind === 'upload' || kind === 'download'
  const header = ctx.header([
    form && { 'content-type': undefined }, request.header, patch && { 'x-http-method-override': 'PATCH' }, more
  ], token)
  const extra = {}
  for (const name of Object.keys(request)) if (OWN.indexOf(name) < 0) extra[name] = request[name]
  return { url, method: patch ? 'POST' : request.method, data, header, extra, onProgress, onChunk, timeout }
}

/**
 * A call, from its first attempt to its last. Each reason for another attempt has one chance.
 * @param {any} api
 * @param {import('../foundation/transport').Kind} kind
 * @param {any} spec
 * @returns {Generator<any, { status: number, header: Record<string, string>, data: any }, any>}
 */
function* attempts(api, kind, spec) {
  const { ctx, session } = api
  const { host, options } = ctx
  const { retry = /^(GET|HEAD)$/i.test(spec.method) } = spec
  const left = { replay: true, resend: true, authorize: true, retry }
  let refused
  for (;;) {
    // Interceptors run before each attempt, on a copy.
    let request = merge({}, spec, { header: merge({}, spec.header) })
    for (const { ok } of api.interceptors.request.list) request = (yield ok(request)) || request
    const { url, own } = resolve(options.baseURL, withQuery(request.path, request.query))
    const wants = wantsToken(ctx, request, own)
    const must = wants && (request.needLogin !== 'optional' || Boolean(refused))
    let flight
    let again = false
    try {
      if (must) flight = yield session.enter({ refused, inPlace: request.inPlace && left.replay })
      const code = flight && (yield session.credential()).code
      const bare = !wants || flight || host.singlePage() || !(must || session.getToken())
      const stamp = bare ? null : session.machine.stamp()
      // It was logged out between two steps.
      if (!bare && !stamp) continue
      const place = flight && { 'x-wx-code': code, 'x-wx-appid': options.appId || undefined }
      const out = outgoing(ctx, kind, request, url, place, stamp && stamp.token)
      out.onHeaders = (header) => {
        const token = header['x-auth-token']
        const life = Number(header['x-auth-expires-in'])
        if (!token || !life) return
        // Other origins have neither a flight nor a stamp.
        if (flight) session.landed(flight, token, life)
        else session.renew(stamp, token, life)
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
        if (own && request.path.indexOf(options.authPath + '/') === 0) session.learn(stamp, data)
        return merge(answer, { data })
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

/** Whether a refused call is sent once more; draws the consequences of the refusal for the session. */
function* after({ ctx, session }, { request, error, stamp, flight, left, wants }) {
  const { code, relogin, replay, retryAfter } = error
  const once = (chance) => left[chance] && !(left[chance] = false)
  session.told(stamp, error)
  if (code === 20011 && request.authorize && once('authorize')) {
    // What asks the user needs a login itself.
    if (flight) session.release(flight, true)
    yield session.mustAuth(merge({ require: error.data && error.data.missing }, request.authorize))
    return true
  }
  if (wants && relogin) {
    if (replay || flight) {
      if (once('replay')) {
        ctx.emit('replay', { path: request.path, code })
        return true
      }
      session.machine.relapse(stamp)
    } else if (code !== 20006 && code !== 20007) {
      // A phone code that is refused says nothing about the login. What was encrypted stays unreadable.
      yield session.enter({ refused: stamp, force: session.machine.token === (stamp && stamp.token) }).catch(nothing)
    }
  } else if (flight && ([20006, 20008, 20009, 25003].indexOf(code) >= 0 || error.reason === 'WECHAT_UNAVAILABLE')) {
    // The login in place failed for all; a service's own failure says nothing about logins.
    session.crashed(flight, error)
  } else if (replay && !relogin && retryAfter <= LONGEST_WAIT && once('resend')) {
    yield ctx.host.pause((retryAfter || 0.5) * 1000 + Math.random() * 500)
    return true
  }
  if (code === 20010) ctx.toast(ctx.texts.tapAgain)
  return false
}

module.exports = { attempts, wantsToken }
