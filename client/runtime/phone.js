'use strict'

const { PhoneNetwork } = require('./network')

/** Functions that the runtime leaves out on purpose: what asks for them finds them missing. */
const ABSENT = new Set(['cloud', 'qy'])

/**
 * A phone with WeChat in it: `wx`, as far as the package needs it. A function that is not known is an error, told in
 * `unknown`, since feature tests would hide it.
 */
class Phone {
  constructor(options = {}) {
    const { clock, serve, random = Math.random } = options
    this.clock = clock
    this.random = random
    this.account = { appId: options.appId === undefined ? 'wx4f4bc4dec97d474b' : options.appId, envVersion: options.envVersion || 'develop' }
    this.scene = options.scene || 1001
    this.storage = options.storage || new Map()
    this.storageFull = false
    this.unknown = new Set()
    /** What the user saw: toasts and masks. */
    this.shown = []
    this.loading = false
    this.onToast = () => {}
    /** Answers to wx.login in their order; without one it succeeds. */
    this.logins = []
    this.loginCount = 0
    this.loginsRunning = 0
    this.mostLogins = 0
    this.sessionKeyGood = true
    this.prefetchToken = undefined
    this.prefetched = null
    this.visible = true
    this.waiting = []
    this.listeners = { onAppShow: [], onAppHide: [], onNetworkStatusChange: [] }
    /** Set by the world: pages. */
    this.navigation = {}
    this.network = new PhoneNetwork(this, serve)
    this.codes = options.codes || ((number) => `code-${number}`)
    this.wx = new Proxy(this.functions(), {
      get: (functions, name) => {
        if (name in functions) return functions[name]
        if (typeof name === 'string' && !ABSENT.has(name) && !/^off/.test(name)) this.unknown.add(name)
        return undefined
      }
    })
  }

  /** Calls back as WeChat does: not at all while the app is in the background. */
  deliver(callback, value) {
    if (!callback) return
    if (this.frozen) this.waiting.push(() => callback(value))
    else callback(value)
  }

  later(ms, action) {
    return this.clock.setTimeout(action, ms)
  }

  hide() {
    if (!this.visible) return
    this.visible = false
    this.emit('onAppHide')
    this.freezing = this.clock.setTimeout(() => {
      this.frozen = true
      this.network.interrupt()
      this.clock.frozen = true
    }, 5000)
  }

  show() {
    if (this.visible) return
    this.visible = true
    this.clock.clearTimeout(this.freezing)
    this.frozen = false
    this.clock.frozen = false
    this.emit('onAppShow')
    this.waiting.splice(0).forEach((callback) => callback())
  }

  online(isConnected) {
    this.network.online = isConnected
    this.emit('onNetworkStatusChange', { isConnected, networkType: isConnected ? 'wifi' : 'none' })
  }

  emit(name, value) {
    this.listeners[name].slice().forEach((listener) => listener(value))
  }

  /** One function of wx that answers `success` or `fail` a little later. */
  answer(name, options, failure, value) {
    this.later(1, () => {
      if (failure) this.deliver(options.fail, { errMsg: `${name}:fail ${failure}` })
      else this.deliver(options.success, Object.assign({ errMsg: `${name}:ok` }, value))
    })
  }

  login(options) {
    this.loginCount += 1
    this.loginsRunning += 1
    this.mostLogins = Math.max(this.mostLogins, this.loginsRunning)
    const script = this.logins.shift() || {}
    // One that outlives its time-out is given up, and another may begin beside it.
    let running = true
    const end = () => {
      if (running) this.loginsRunning -= 1
      running = false
    }
    if (script.never || script.after >= options.timeout) end()
    if (script.never) return
    const number = this.loginCount
    const reply = async () => {
      if (script.fail) return this.deliver(options.fail, Object.assign({ errMsg: 'login:fail' }, script.fail))
      const result = { code: await this.codes(number), errMsg: 'login:ok' }
      this.deliver(options.success, result)
      if (script.twice) this.deliver(options.success, result)
    }
    this.later(script.after || 5, () => {
      end()
      reply()
    })
  }

  functions() {
    const on = {}
    for (const name of Object.keys(this.listeners)) {
      on[name] = (listener) => { this.listeners[name].push(listener) }
      on[name.replace('on', 'off')] = (listener) => {
        this.listeners[name] = this.listeners[name].filter((other) => other !== listener)
      }
    }
    const navigate = (name) => (options) => {
      const { failure, value } = this.navigation[name] ? this.navigation[name](options) : { failure: 'no pages' }
      this.answer(name, options, failure, value)
    }
    return Object.assign(on, this.network.functions(), {
      login: (options) => this.login(options),
      checkSession: (options) => this.answer('checkSession', options, this.sessionKeyGood ? '' : 'session expired'),
      getAccountInfoSync: () => ({ miniProgram: this.account }),
      getEnterOptionsSync: () => ({ scene: this.scene }),
      getLaunchOptionsSync: () => ({ scene: this.scene }),
      getStorageSync: (key) => {
        const text = this.storage.get(key)
        return text === undefined ? '' : JSON.parse(text)
      },
      setStorageSync: (key, value) => {
        if (this.storageFull) throw new Error('setStorageSync:fail exceed storage max size 10Mb')
        this.storage.set(key, JSON.stringify(value))
      },
      removeStorageSync: (key) => { this.storage.delete(key) },
      showToast: (options) => {
        this.shown.push('toast ' + options.title)
        this.onToast(options.title)
      },
      showLoading: (options) => {
        this.shown.push('loading ' + options.title + (options.mask ? ' (mask)' : ''))
        this.loading = true
      },
      hideLoading: () => { this.loading = false },
      setBackgroundFetchToken: ({ token }) => { this.prefetchToken = token },
      getBackgroundFetchData: (options) => this.answer('getBackgroundFetchData', options,
        this.prefetched === null ? 'no data' : '', this.prefetched),
      navigateTo: navigate('navigateTo'),
      navigateBack: navigate('navigateBack'),
      redirectTo: navigate('redirectTo'),
      switchTab: navigate('switchTab')
    })
  }
}

module.exports = { Phone }
