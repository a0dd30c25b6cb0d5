const { Context } = require('./foundation/context')
const { merge } = require('./foundation/task')
const { transportOf } = require('./foundation/transport')
const { texts } = require('./foundation/texts')
const { Session } = require('./login/session')
const { join } = require('./login/shared')
const { Api } = require('./request/api')
const { Steps } = require('./auth/must-auth')

/** The header that carries the token. */
const AUTH_KEY_NAME = 'Authorization'

/**
 * @typedef {object} Options
 * @property {string | { develop: string, trial: string, release: string }} baseURL of the gateway
 * @property {Record<string, any> | (() => Record<string, any>)} [headers] of every call: client key, version
 * @property {string} [tokenHeader] as `tokens.header` of the gateway
 * @property {boolean} [bearer] whether `Bearer ` stands before the token; true
 * @property {(string | RegExp)[]} [withoutToken] paths that need no login: exact, `*` at the end, or an expression
 * @property {string} [authPath] as `login.path` of the gateway; `/auth`
 * @property {string} [authPage] the page with the auth page's component; `/pages/auth/auth`
 * @property {number} [timeout] milliseconds; 60000
 * @property {'silent' | 'designs'} [loading] 'designs': a mask while it logs in again, and a toast
 * @property {any} [transport] wx itself, `Taro`, `uni`, or a function in the place of `wx.request`
 * @property {{ info: (message: string, detail?: any) => void }} [logger]
 * @property {(event: { type: string, [detail: string]: any }) => void} [onEvent]
 * @property {(response: import('./request/api').Response) => any} [isFailure] rejects a team's own failures
 * @property {(wanted: { missing: import('./login/session').Need[] }) => any} [present] asks the user instead of popup and page
 * @property {(filePath: string) => Promise<string>} [uploadAvatar] without it no avatar is asked for
 * @property {boolean} [share] joins equal GETs in flight
 * @property {boolean} [prefetch] gives each new token to WeChat's pre-fetch
 * @property {'zh-CN' | 'en'} [language]
 * @property {any} [texts] texts of the app instead of the package's
 */

const functionOf = (value) => typeof value === 'function' ? value : () => value || {}

/**
 * Puts the layers together on a host.
 * @param {Options} given
 * @param {any} host
 * @param {(ctx: Context) => any} credential what a login sends
 * @returns {Api}
 */
function assemble(given, host, credential) {
  const { appId, envVersion } = host.account()
  const base = given && given.baseURL && (typeof given.baseURL === 'string' ? given.baseURL : given.baseURL[envVersion])
  if (!/^https?:\/\/[^/?#\s]+/.test(base || '')) throw new TypeError('baseURL: an address with http or https is needed')
  const baseURL = base.replace(/\/+$/, '')
  const options = merge({ tokenHeader: AUTH_KEY_NAME, authPath: '/auth', authPage: '/pages/auth/auth', timeout: 60000,
    loading: 'silent', withoutToken: [] }, given, { baseURL, appId, headers: functionOf(given.headers),
    bearer: given.bearer === false ? '' : 'Bearer ' })
  const ctx = new Context(host, transportOf(host, given.transport), texts(given.language, given.texts), options)
  const id = ['menshen', appId, envVersion, baseURL].join('|')
  let own = false
  const session = join(id, () => {
    own = true
    return new Session(ctx, () => credential(ctx), id)
  })
  const api = new Api(ctx, session)
  if (own) {
    const inner = /** @type {any} */ (session)
    inner.call = (method, path, data) => api.request({ method, path: options.authPath + path, data, share: false })
    inner.steps = new Steps(ctx, session)
  }
  return api
}

module.exports = { assemble, AUTH_KEY_NAME }
