const { send } = require('../foundation/transport')
const { task, merge } = require('../foundation/task')

/** wx.login and one exchange of its code. */
const TIMEOUT = 7000

/** A code whose answer was lost gets the same answer for 10 s; beyond this only a fresh one is safe. */
const REPEAT = 8000

const LOST = ['NETWORK', 'TIMEOUT', 'BACKGROUND']

/** @param {any} error @returns {boolean} whether nobody knows if the request arrived */
const lost = (error) => LOST.indexOf(error.reason) >= 0

/**
 * A call of the login endpoints outside the request layer: no replay, no interceptors.
 * @param {import('../foundation/context').Context} ctx
 * @param {string} path below the login path
 * @param {any} data
 * @param {string | null} [token]
 * @returns {import('../foundation/task').Abortable<any>}
 */
function exchange(ctx, path, data, token) {
  const { baseURL, authPath } = ctx.options
  const out = { url: baseURL + authPath + path, method: 'POST', data, header: ctx.header([], token), timeout: TIMEOUT }
  return task(function* () {
    let answer
    try {
      answer = yield send(ctx.host, ctx.transport, 'request', out)
    } catch (failure) {
      throw ctx.failure(failure)
    }
    return ctx.judge(answer, true)
  }())
}

/**
 * A fresh code. A wx.login that is running is joined: WeChat cannot give it up, and a second one would count.
 * @param {import('../foundation/context').Context} ctx
 * @returns {any}
 */
function wxCode(ctx) {
  if (!ctx.coding) {
    ctx.coding = ctx.host.call(ctx.host.fn('login'), { timeout: TIMEOUT }, TIMEOUT).then((result) => {
      ctx.coding = null
      if (result && result.code) return { code: result.code }
      throw ctx.fail('WX_LOGIN_FAILED', { cause: result })
    }, (failure) => {
      ctx.coding = null
      throw ctx.failure(failure, 'WX_LOGIN_FAILED')
    })
  }
  return ctx.coding
}

/**
 * One login. Where the answer is lost the same code is sent once more, then a fresh one; a refused code is replaced once.
 * @param {import('../foundation/context').Context} ctx
 * @param {() => any} credential gives what the login endpoint takes
 * @returns {Generator<any, any, any>}
 */
function* signIn(ctx, credential) {
  let fresh = true
  let repeat = true
  for (;;) {
    const body = yield credential()
    const begin = ctx.host.now()
    for (;;) {
      try {
        const { appId } = ctx.options
        const data = yield exchange(ctx, '/login', merge(appId ? { appId } : {}, body))
        if (!data || typeof data.token !== 'string') throw ctx.fail('HTTP_STATUS', { message: 'no token' })
        return data
      } catch (error) {
        if (lost(error)) {
          if (error.reason === 'BACKGROUND') yield ctx.host.foreground()
          const age = ctx.host.now() - begin
          if (repeat && age >= 0 && age < REPEAT) {
            repeat = false
            continue
          }
        } else if (!(error.code === 20007 || error.code === 20006) || !error.relogin) throw error
        if (!fresh) throw error
        fresh = false
        repeat = false
        break
      }
    }
  }
}

module.exports = { signIn, exchange, wxCode, lost }
