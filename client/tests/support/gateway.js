'use strict'

const BASE = 'https://gateway.example.com'

/** The gateway as the contract describes it, scripted: what it says next can be set for each path. */
class Gateway {
  constructor(clock, options = {}) {
    this.clock = clock
    this.lifetime = options.lifetime || 7200
    this.renewBefore = options.renewBefore || 0
    this.serial = 0
    this.codes = new Map()
    this.tokens = new Map()
    this.users = new Map()
    this.tickets = new Map()
    /** Every request, in its order. */
    this.calls = []
    /** Answers by path that come before the usual one, each once. */
    this.next = {}
    /** Answers of services by path. */
    this.routes = {}
    /** Tokens that were sent although their session had been logged out, but for the logout itself. */
    this.deadTokens = []
    this.serve = (request) => this.answer(request)
  }

  /** Sets what the next request to a path gets: an answer, or a function of the request. */
  script(path, ...answers) {
    this.next[path] = (this.next[path] || []).concat(answers)
  }

  paths(prefix = '/') {
    return this.calls.filter((call) => call.path.startsWith(prefix)).map((call) => call.path)
  }

  get logins() {
    return this.paths('/auth/login').length
  }

  envelope(status, body, header) {
    return { status, header: Object.assign({ 'x-auth-envelope': '1', 'Content-Type': 'application/json' }, header), data: body }
  }

  success(data, header) {
    return this.envelope(200, { code: 10000, msg: 'Success!', data }, header)
  }

  failure(status, code, reason, relogin, replay, more, header) {
    return this.envelope(status, Object.assign({ code, msg: reason, reason, relogin, replay, requestId: 'r' + this.calls.length }, more), header)
  }

  expired() {
    return this.failure(401, 20003, 'AUTH_EXPIRED', true, true)
  }

  issue(session) {
    const token = `token-${++this.serial}`
    this.tokens.set(token, { session, until: this.clock.time + this.lifetime * 1000 })
    return token
  }

  /** Ends the life of all tokens now. */
  expire() {
    for (const entry of this.tokens.values()) entry.until = 0
  }

  logIn(code) {
    const openid = code.split('@')[1] || 'one'
    if (!this.users.has(openid)) this.users.set(openid, { nickname: null, avatarUrl: null, phone: null })
    return { user: this.users.get(openid), openid, ended: '' }
  }

  describe(session, token) {
    const { nickname, avatarUrl, phone } = session.user
    const missing = [].concat(nickname ? [] : 'profile', phone ? [] : 'phone')
    const authStep = !nickname ? 1 : phone ? 3 : 2
    const data = { authStep, missing, userInfo: { userId: 'u_' + session.openid, nickname, avatarUrl, phone, hasUnionId: false } }
    const life = { expiresIn: this.lifetime, expiresAt: 0 }
    return Object.assign(token ? { token, tokenType: 'Bearer' } : {}, life, data)
  }

  answer(request) {
    const path = request.url.slice(BASE.length).split('?')[0]
    const call = Object.assign({ path, at: this.clock.time }, request)
    this.calls.push(call)
    if (!request.url.startsWith(BASE + '/')) return { status: 200, data: 'elsewhere' }
    const header = {}
    for (const name of Object.keys(request.header)) header[name.toLowerCase()] = request.header[name]
    call.token = (header.authorization || '').replace(/^Bearer /, '')
    const known = this.tokens.get(call.token)
    if (known && known.session.ended === 'logout' && path !== '/auth/logout') this.deadTokens.push(call)
    const scripted = this.next[path] && this.next[path].shift()
    if (scripted) return typeof scripted === 'function' ? scripted(call) : scripted
    if (path === '/auth/login') return this.login(request.data)
    const refusal = this.refusal(call.token, known)
    if (path.startsWith('/auth/')) return refusal || this.own(path, request, known.session)
    return this.route(path, request, header, known, refusal)
  }

  refusal(token, known) {
    if (!token) return this.failure(401, 20001, 'AUTH_REQUIRED', true, true)
    if (!known) return this.failure(401, 20002, 'AUTH_INVALID', true, true)
    if (known.session.ended) return this.failure(401, 20005, 'AUTH_REVOKED', known.session.ended !== 'logout', known.session.ended !== 'logout')
    return known.until <= this.clock.time ? this.expired() : null
  }

  login({ code, ticket }) {
    const handed = ticket && this.tickets.get(ticket)
    this.tickets.delete(ticket)
    if (ticket && !handed) return this.failure(400, 20006, 'LOGIN_CODE_INVALID', true, false)
    const used = this.codes.get(code)
    if (used && this.clock.time - used.at > 10000) return this.failure(400, 20007, 'LOGIN_CODE_USED', true, false)
    if (used) return this.success(used.data)
    const session = handed || this.logIn(code)
    const data = this.describe(session, this.issue(session))
    if (code) this.codes.set(code, { at: this.clock.time, data })
    return this.success(data)
  }

  own(path, { method, data }, session) {
    const changed = () => this.success(this.describe(session, this.issue(session)))
    switch (`${method} ${path}`) {
      case 'GET /auth/session': return this.success(this.describe(session))
      case 'POST /auth/user':
        if (data.encryptedData) return this.failure(422, 20010, 'DECRYPT_WX_OPEN_DATA_FAIL', true, false)
        Object.assign(session.user, data)
        return changed()
      case 'POST /auth/phone':
        session.user.phone = '138****0000'
        return changed()
      case 'DELETE /auth/phone':
        session.user.phone = null
        return changed()
      case 'DELETE /auth/user':
        session.ended = 'operator'
        return this.success({})
      case 'POST /auth/ticket': {
        const ticket = `ticket-${++this.serial}`
        this.tickets.set(ticket, session)
        return this.success({ ticket, expiresIn: 60 })
      }
      case 'POST /auth/logout':
        session.ended = 'logout'
        return this.success({})
      default: return this.failure(404, 24404, 'ROUTE_NOT_FOUND', false, false)
    }
  }

  route(path, request, header, known, refused) {
    const more = {}
    let session = known && !refused ? known.session : null
    const open = path.startsWith('/open/')
    if (!session && header['x-wx-code']) {
      session = this.logIn(header['x-wx-code'])
      this.codes.set(header['x-wx-code'], { at: this.clock.time, data: null })
      more['x-auth-token'] = this.issue(session)
      more['x-auth-expires-in'] = String(this.lifetime)
    }
    if (!session && !open) return refused
    if (known && !refused && known.until - this.clock.time < this.renewBefore * 1000) {
      more['x-auth-token'] = this.issue(session)
      more['x-auth-expires-in'] = String(this.lifetime)
    }
    const service = this.routes[path]
    const answer = service ? service(request, session) : { status: 200, data: { path } }
    return Object.assign({}, answer, { header: Object.assign({}, more, answer.header) })
  }
}

module.exports = { Gateway, BASE }
