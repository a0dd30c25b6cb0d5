const { SessionMachine } = require('../machines/session')
const { Status } = require('../machines/status')
const { abortable, task, nothing, merge } = require('../foundation/task')
const { MenshenError } = require('../foundation/errors')
const { exchange, signIn, lost } = require('./signin')

/**
 * @typedef {{ userId: string, nickname: string | null, avatarUrl: string | null, phone: string | null,
 *   hasUnionId: boolean }} User
 */

/** @typedef {'profile' | 'phone'} Need */

const VERSION = 1

/** The parts of a session that move: flights, tokens, what is known of the user, storage. */
class Flights {
  /**
   * @param {import('../foundation/context').Context} ctx
   * @param {() => any} credential what a login sends
   * @param {string} key of its storage
   */
  constructor(ctx, credential, key) {
    /** @protected */
    this.ctx = ctx
    /** @protected */
    this.credential = credential
    /** @protected */
    this.key = key
    /** Milliseconds for which the fuse stays open. */
    this.refreshLoginFuseRestoreTime = 5000
    /** How many may wait for a login. */
    this.refreshLoginQueueMaxLength = 100
    /** @protected */
    this.machine = new SessionMachine(this)
    this.status = { login: new Status('login'), auth: new Status('auth') }
    /**
     * What is known of the user; null before the first login.
     * @type {User | null}
     */
    this.user = null
    /**
     * What the user has not given yet.
     * @type {Need[]}
     */
    this.missing = ['profile', 'phone']
    /** @protected @type {number} */
    this.authStep = 1
    /**
     * Tokens whose logout the gateway has not heard of.
     * @protected
     * @type {string[]}
     */
    this.farewell = []
    /** @protected @type {Set<(user: User | null) => void>} */
    this.listeners = new Set()
    /** @protected @type {any} */
    this.running = null
    /**
     * The flight that goes by the login endpoint.
     * @protected
     */
    this.flown = 0
    /**
     * Set by the request layer.
     * @protected
     * @type {(...call: any[]) => any} method, path, data
     */
    this.call = nothing
    /**
     * Set by the layer of authorisation.
     * @protected
     * @type {any}
     */
    this.steps = null
    this.restore()
  }

  /**
   * Waits for a token. An in-place wish that leads gets the flight instead.
   * @protected
   * @param {any} wish
   * @returns {any}
   */
  enter(wish) {
    const { host } = this.ctx
    return abortable((resolve, reject) => {
      if (host.singlePage()) return reject(this.ctx.fail('SINGLE_PAGE'))
      const waiter = { resolve, reject }
      const verdict = this.machine.want(host.now(), wish, waiter)
      const { flight } = verdict
      if (verdict.do === 'use') return resolve()
      if (verdict.do === 'refuse') return reject(this.refusal(verdict))
      const leave = () => this.machine.leave(waiter)
      if (!flight) return leave
      this.begin(Boolean(wish.refused || wish.force))
      if (!wish.inPlace) {
        this.fly(flight)
        return leave
      }
      leave()
      resolve(flight)
      // It can be aborted before it has heard that it leads.
      return () => this.release(flight)
    })
  }

  /** @protected */
  begin(refresh) {
    const { ctx } = this
    this.refreshing = refresh && ctx.options.loading === 'designs'
    if (this.refreshing) ctx.host.ask('showLoading', { title: ctx.texts.refreshing, mask: true })
    this.status.login.ing()
    ctx.emit(refresh ? 'refresh' : 'login')
  }

  /** @protected */
  fly(flight) {
    this.flown = flight
    this.running = task(signIn(this.ctx, this.credential))
    this.running.then((data) => this.landed(flight, data.token, data.expiresIn, data),
      (error) => this.crashed(flight, error))
  }

  /**
   * An in-place leader is over without a token: others may still need one.
   * @protected
   */
  release(flight, again = false) {
    if (flight !== this.machine.flight || flight === this.flown) return
    if (again || this.machine.queue.size) this.fly(flight)
    else this.crashed(flight, this.ctx.fail('ABORTED'))
  }

  /** @protected */
  landed(flight, token, expiresIn, data) {
    const waiters = this.machine.land(flight, token, expiresIn * 1000, this.ctx.host.now())
    if (!waiters) return
    try {
      this.over('loginSucceeded')
      this.adopt(data)
      this.tokenChanged()
      this.status.login.success()
      this.ctx.emit('loggedIn')
    } finally {
      // A listener of the app's that throws must not keep those who wait.
      waiters.forEach((waiter) => waiter.resolve())
    }
  }

  /** @protected */
  crashed(flight, error) {
    const waiters = this.machine.crash(flight, error, this.ctx.host.now())
    if (!waiters) return
    try {
      this.over('loginFailed')
      this.status.login.fail(error)
      this.ctx.emit('loginFailed', { code: error.code, reason: error.reason, requestId: error.requestId })
    } finally {
      waiters.forEach((waiter) => waiter.reject(error))
    }
  }

  /** @protected */
  over(text) {
    if (!this.refreshing) return
    this.refreshing = false
    this.ctx.host.ask('hideLoading')
    this.ctx.toast(this.ctx.texts[text])
  }

  /** @protected @param {{ reason?: any, error?: any, wait?: number }} verdict */
  refusal({ reason, error, wait = 0 }) {
    const { ctx } = this
    const retryAfter = Math.ceil(wait / 1000)
    if (error) return new MenshenError(merge({}, error, { message: error.message, retryAfter }))
    if (reason === 'LOGGED_OUT') return ctx.fail(reason)
    const message = ctx.texts.messages[reason]
    if (reason === 'QUEUE_FULL') return ctx.fail(reason, { message: message + this.refreshLoginQueueMaxLength })
    ctx.emit('fuse', { retryAfter })
    return ctx.fail('FUSE_OPEN', { retryAfter, message })
  }

  /**
   * A token came in a header.
   * @protected
   */
  renew(stamp, token, expiresIn) {
    if (this.machine.renew(stamp, token, expiresIn * 1000, this.ctx.host.now())) this.tokenChanged()
  }

  /**
   * An answer of the login endpoints.
   * @protected
   */
  learn(stamp, data) {
    if (!stamp || stamp.login !== this.machine.login || !data) return
    if (typeof data.token === 'string') this.renew(stamp, data.token, data.expiresIn)
    if (data.userInfo) this.adopt(data)
  }

  /**
   * What a refused call tells about the session.
   * @protected
   */
  told(stamp, error) {
    const { code, data } = error
    if (!stamp || stamp.login !== this.machine.login) return
    if (code === 20011 && data && data.missing) {
      // What was not asked about stays as it is known.
      const asked = data.required || data.missing
      this.missing = this.missing.filter((need) => asked.indexOf(need) < 0).concat(data.missing)
      this.authStep = data.authStep || this.authStep
      this.save()
    }
    if (code === 20008) this.machine.bar(error, this.ctx.host.now())
    if (code === 20005 && !error.relogin && this.machine.refuse(stamp)) this.leave()
  }

  /** @protected */
  adopt(data) {
    const { userInfo, authStep, missing } = data || {}
    if (!userInfo) return
    const step = authStep || 1
    this.user = userInfo
    this.authStep = step
    const known = { profile: userInfo.nickname || step > 1, phone: userInfo.phone }
    this.missing = missing || Object.keys(known).filter((need) => !known[need])
    this.save()
    this.changed()
  }

  /** @protected */
  leave() {
    this.forget(this.machine.logout(), 'LOGGED_OUT')
  }

  /** @protected */
  forget(waiters, reason) {
    if (this.running) this.running.abort()
    this.over('loginFailed')
    this.user = null
    this.authStep = 1
    this.missing = ['profile', 'phone']
    this.tokenChanged()
    this.status.login.reset()
    waiters.forEach((waiter) => waiter.reject(this.ctx.fail(reason)))
    this.changed()
  }

  /** @protected */
  sayGoodbye() {
    return Promise.all(this.farewell.map((token) => exchange(this.ctx, '/logout', {}, token).then(nothing, (error) => {
      if (lost(error) || error.status >= 500) throw error
    }).then(() => {
      this.farewell = this.farewell.filter((other) => other !== token)
      this.save()
    }, nothing))).then(nothing)
  }

  /** @protected */
  tokenChanged() {
    if (this.ctx.options.prefetch) this.ctx.host.ask('setBackgroundFetchToken', { token: this.machine.token || '' })
    this.save()
  }

  /** @protected */
  changed() {
    for (const listener of Array.from(this.listeners)) {
      try {
        listener(this.user)
      } catch (error) {
        // It is the app's, and must not fail the call that changed something.
        this.ctx.host.later(0, () => { throw error })
      }
    }
  }

  /** @protected */
  save() {
    const { user, authStep, missing, farewell } = this
    this.ctx.host.save(this.key, merge({ v: VERSION, user, authStep, missing, farewell }, this.machine.snapshot()))
  }

  /** @protected */
  restore() {
    const saved = this.ctx.host.load(this.key)
    if (!saved || saved.v !== VERSION) return
    this.machine.restore(saved)
    if (this.machine.token !== null) {
      this.user = saved.user || null
      this.authStep = saved.authStep || 1
      this.missing = Array.isArray(saved.missing) ? saved.missing : this.missing
      this.status.login.success()
    }
    this.farewell = Array.isArray(saved.farewell) ? saved.farewell : []
    if (this.farewell.length) this.sayGoodbye()
  }
}

module.exports = { Flights }
