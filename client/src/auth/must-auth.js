const { task, nothing } = require('../foundation/task')
const { MenshenError } = require('../foundation/errors')
const { AuthStep, AuthDisplayMode, missingOf } = require('./steps')
const { openAuthPage, leaveAuthPage, ready, whenGone } = require('./pages')

/**
 * @typedef {object} MustAuthOptions
 * @property {number} [mustAuthStep] AuthStep.TWO unless given
 * @property {import('../login/session').Need[]} [require] instead of a step: what is needed
 * @property {string} [popupCompName] id of the popup on the page, `auth-popup`
 * @property {'button' | 'page'} [mode] AuthDisplayMode.POPUP
 */

/** The steps of authorisation. One presentation at a time; who asks meanwhile waits for it. */
class Steps {
  /** @param {import('../foundation/context').Context} ctx @param {import('../login/session').Session} session */
  constructor(ctx, session) {
    this.ctx = ctx
    this.session = session
    /**
     * The presentation that is shown.
     * @type {Promise<void> | null}
     */
    this.showing = null
    /**
     * What the auth page works on.
     * @type {any}
     */
    this.request = null
    this.query = ''
  }

  /** @param {MustAuthOptions} [options] @returns {any} */
  mustAuth(options) {
    return task(this.run(options || {}))
  }

  /** @private */
  *run(options) {
    const { ctx, session } = this
    const wanted = options.require || options.mustAuthStep || AuthStep.TWO
    // Without a place to ask at, the single page answers before anything else.
    if (ctx.host.singlePage()) throw ctx.fail('SINGLE_PAGE')
    yield session.ensureLogin()
    // A login in place tells nothing of the user.
    if (!session.user) yield session.reload()
    for (;;) {
      const missing = missingOf(session, wanted)
      if (!missing.length) return
      const own = !this.showing
      yield this.showing || this.show(missing, wanted, options)
      if (own && missingOf(session, wanted).length) throw ctx.fail('STEP_REQUIRED', { data: { missing } })
    }
  }

  /** @private */
  show(missing, wanted, options) {
    const { auth } = this.session.status
    auth.ing()
    const over = (error) => {
      this.showing = null
      this.request = null
      if (error) auth.fail(error)
      else auth.success()
    }
    const shown = task(this.present(missing, wanted, options)).then(() => over(), (error) => {
      const known = error instanceof MenshenError ? error : this.ctx.fail('AUTH_CANCELLED', { cause: error })
      over(known)
      throw known
    })
    this.showing = shown
    return shown
  }

  /** @private */
  *present(missing, wanted, { popupCompName = 'auth-popup', mode = AuthDisplayMode.POPUP }) {
    const { ctx, session } = this
    const { host, options } = ctx
    if (options.present) return yield options.present({ missing })
    const pages = host.pages()
    const page = pages[pages.length - 1]
    const find = () => page && page.selectComponent && page.selectComponent('#' + popupCompName)
    let popup = mode === AuthDisplayMode.POPUP && find()
    if (page && !popup && mode === AuthDisplayMode.POPUP) {
      yield ready(host, page)
      popup = find()
    }
    /** @type {any} */
    const request = { session, wanted, under: false }
    const answered = new Promise((/** @type {any} */ resolve, reject) => {
      request.settle = (error) => error ? reject(error) : resolve()
    })
    // The page can be gone before the navigation has answered.
    answered.catch(nothing)
    if (popup) popup.begin(request)
    else {
      this.request = request
      const { under, opened } = openAuthPage(host, options.authPage)
      request.under = under
      try {
        yield opened
      } catch (failure) {
        throw ctx.fail('STEP_REQUIRED', { data: { missing }, cause: failure })
      }
      whenGone(host, options.authPage, () => request.leaving || request.settle(ctx.fail('AUTH_CANCELLED')))
    }
    yield answered
  }

  /**
   * Leaves the auth page, then settles what asked for it.
   * @param {any} request
   * @param {string} backTo
   * @param {any} [error]
   */
  leavePage(request, backTo, error) {
    const settle = () => request.settle(error)
    request.leaving = true
    return leaveAuthPage(this.ctx.host, request.under, backTo, (query) => { this.query = query }).then(settle, settle)
  }

  /** @returns {string} the query that a tab page was to be opened with; once */
  takeQuery() {
    const { query } = this
    this.query = ''
    return query
  }
}

module.exports = { Steps }
