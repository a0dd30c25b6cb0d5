const { abortable, merge, nothing } = require('./task')

/** Later than this, a timer has slept in the background and callbacks are about to come. */
const SLEPT = 1500
const GRACE = 1000

/** What a host is, whatever it runs on: timers, the foreground, and calls that settle once. */
class Host {
  constructor() {
    this.visible = true
    /** @private @type {Set<(visible: boolean) => void>} */
    this.watchers = new Set()
  }

  now() {
    return Date.now()
  }

  /** @param {number} ms @param {() => void} action @returns {() => void} cancels it */
  later(ms, action) {
    const timer = setTimeout(action, ms)
    return () => clearTimeout(timer)
  }

  /** @param {number} ms */
  pause(ms) {
    return abortable((resolve) => this.later(ms, resolve))
  }

  /**
   * A timer by time stamps. JavaScript stops in the background: callbacks that waited there come with the return,
   * beside the timer, and get a second to arrive.
   * @param {number} ms
   * @param {() => void} action
   */
  deadline(ms, action) {
    let cancel = nothing
    const start = (length, graceful) => {
      const due = this.now() + length
      cancel()
      cancel = this.later(length, () => graceful && this.now() - due > SLEPT ? start(GRACE, false) : action())
    }
    const touch = () => start(ms, true)
    touch()
    return { touch, cancel: () => cancel() }
  }

  /**
   * Calls a function with `success` and `fail`, or one that returns a promise. The first answer counts; a missing one
   * becomes a time-out.
   * @param {any} fn
   * @param {any} options
   * @param {number} limit milliseconds
   * @param {(task: any, watch: { touch: () => void }) => void} [attach] gets what the function returns
   * @returns {import('./task').Abortable<any>}
   */
  call(fn, options, limit, attach) {
    return abortable((resolve, reject) => {
      if (!fn) return reject({ errMsg: 'not available', missing: true })
      let over = false
      /** @type {any} */
      let running = null
      const end = (settle) => (value) => {
        if (over) return
        over = true
        watch.cancel()
        settle(value)
      }
      const stop = () => {
        if (running && running.abort) running.abort()
      }
      const [success, fail] = [end(resolve), end(reject)]
      const watch = this.deadline(limit, () => {
        fail({ errMsg: 'timeout' })
        stop()
      })
      try {
        running = fn(merge({}, options, { success, fail }))
        if (running && attach) attach(running, watch)
        if (running && running.then) running.then(success, fail)
      } catch (error) {
        fail(error)
      }
      return () => {
        end(nothing)()
        stop()
      }
    })
  }

  /** @param {(visible: boolean) => void} watcher @returns {() => void} removes it */
  onVisible(watcher) {
    this.watchers.add(watcher)
    return () => this.watchers.delete(watcher)
  }

  /** @param {boolean} visible */
  show(visible) {
    this.visible = visible
    Array.from(this.watchers).forEach((watcher) => watcher(visible))
  }

  /** Waits for the foreground. */
  foreground() {
    return abortable((resolve) => {
      if (this.visible) return resolve()
      return this.onVisible((visible) => visible && resolve())
    })
  }
}

/** The mini program itself. Functions that a host lacks are left out; a missing `wx` lacks all of them. */
class WxHost extends Host {
  constructor() {
    super()
    this.wx = typeof wx === 'undefined' ? {} : wx
    this.ask('onAppShow', () => this.show(true))
    this.ask('onAppHide', () => this.show(false))
  }

  /** @param {string} name @returns {any} wx's function, bound */
  fn(name) {
    return this.wx[name] && this.wx[name].bind(this.wx)
  }

  /** @param {string} name @param {any} [options] @returns {any} undefined where it is missing or throws */
  ask(name, options) {
    try {
      return this.wx[name](options)
    } catch (_) {
      return undefined
    }
  }

  /** @param {(online: boolean) => void} listener @returns {() => void} removes it */
  onNetwork(listener) {
    const heard = (change) => listener(change.isConnected)
    this.ask('onNetworkStatusChange', heard)
    return () => this.ask('offNetworkStatusChange', heard)
  }

  /** @returns {{ appId: string, envVersion: string }} */
  account() {
    const info = this.ask('getAccountInfoSync')
    const account = merge({ appId: '', envVersion: 'release' }, info && info.miniProgram)
    // The developer tools' name for having none is not an app id.
    return /^wx/.test(account.appId) ? account : merge(account, { appId: '' })
  }

  /** The single page that opens a share in the timeline: no login, no buttons, no navigation. */
  singlePage() {
    const options = this.ask('getEnterOptionsSync')
    return Boolean(options) && options.scene === 1154
  }

  /** @param {string} key @returns {any} */
  load(key) {
    return this.ask('getStorageSync', key)
  }

  /** Storage can be full: what cannot be written must not come back after a restart either. */
  save(key, value) {
    try {
      this.wx.setStorageSync(key, value)
    } catch (_) {
      this.ask('removeStorageSync', key)
    }
  }

  /** @returns {any[]} the stack of pages, the present one last */
  pages() {
    return typeof getCurrentPages === 'undefined' ? [] : getCurrentPages()
  }
}

module.exports = { Host, WxHost }
