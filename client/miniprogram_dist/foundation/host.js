const { abortable, nothing } = require('./task')

/** Later than this, a timer has slept in the background and callbacks are about to come. */
const SLEPT = 1500
const GRACE = 1000

/** What a host is, whatever it runs on: timers, storage, events and calls that settle once. */
class Host {
  constructor() {
    this.visible = true
    /** @private @type {((visible: boolean) => void)[]} */
    this.watchers = []
  }

  now() {
    return Date.now()
  }

  random() {
    return Math.random()
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
      cancel = this.later(length, () => graceful && this.now() - due > SLEPT ? start(GRACE, false) : action())
    }
    start(ms, true)
    return {
      cancel: () => cancel(),
      touch: () => {
        cancel()
        start(ms, true)
      }
    }
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
      const end = (settle, value) => {
        if (over) return
        over = true
        watch.cancel()
        settle(value)
      }
      const stop = () => {
        if (running && running.abort) running.abort()
      }
      const watch = this.deadline(limit, () => {
        end(reject, { errMsg: 'timeout' })
        stop()
      })
      const success = (value) => end(resolve, value)
      const fail = (error) => end(reject, error)
      try {
        running = fn(Object.assign({}, options, { success, fail }))
        if (running && attach) attach(running, watch)
        if (running && running.then) running.then(success, fail)
      } catch (error) {
        fail(error)
      }
      return () => {
        end(nothing)
        stop()
      }
    })
  }

  /** @param {(visible: boolean) => void} watcher @returns {() => void} removes it */
  onVisible(watcher) {
    this.watchers.push(watcher)
    return () => { this.watchers = this.watchers.filter((other) => other !== watcher) }
  }

  /** @param {boolean} visible */
  show(visible) {
    this.visible = visible
    this.watchers.slice().forEach((watcher) => watcher(visible))
  }

  /** Waits for the foreground. */
  foreground() {
    return abortable((resolve) => {
      if (this.visible) return resolve()
      const remove = this.onVisible((visible) => {
        if (!visible) return
        remove()
        resolve()
      })
      return remove
    })
  }
}

/** The mini program itself. Functions that a host lacks are left out; a missing `wx` lacks all of them. */
class WxHost extends Host {
  constructor() {
    super()
    this.wx = typeof wx === 'undefined' ? {} : wx
    this.listen('onAppShow', () => this.show(true))
    this.listen('onAppHide', () => this.show(false))
  }

  /** @param {string} name @returns {any} wx's function, bound */
  fn(name) {
    return typeof this.wx[name] === 'function' ? this.wx[name].bind(this.wx) : undefined
  }

  /** @param {string} name @param {any} [options] @returns {any} undefined where it is missing or throws */
  ask(name, options) {
    try {
      return this.wx[name](options)
    } catch (_) {
      return undefined
    }
  }

  /** @param {string} name @param {(value: any) => void} listener @returns {() => void} removes it */
  listen(name, listener) {
    this.ask(name, listener)
    return () => this.ask(name.replace('on', 'off'), listener)
  }

  /** @returns {{ appId: string, envVersion: string }} */
  account() {
    const info = this.ask('getAccountInfoSync')
    const { appId = '', envVersion = 'release' } = (info && info.miniProgram) || {}
    return { appId, envVersion }
  }

  /** The single page that opens a share in the timeline: no login, no buttons, no navigation. */
  singlePage() {
    const options = this.ask('getEnterOptionsSync') || this.ask('getLaunchOptionsSync')
    return Boolean(options && options.scene === 1154)
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

  /** @param {(online: boolean) => void} listener @returns {() => void} removes it */
  onNetwork(listener) {
    return this.listen('onNetworkStatusChange', (change) => listener(change.isConnected))
  }

  /** @returns {any[]} the stack of pages, the present one last */
  pages() {
    return typeof getCurrentPages === 'undefined' ? [] : getCurrentPages()
  }
}

module.exports = { Host, WxHost }
