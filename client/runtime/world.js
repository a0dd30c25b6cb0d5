'use strict'

const { Modules } = require('./modules')
const { Views } = require('./views')

/** What code of a mini program sees besides `wx` and its own framework, as it is. */
const BUILT_IN = ['console', 'Promise', 'JSON', 'Object', 'Array', 'ArrayBuffer', 'Uint8Array', 'Error', 'TypeError', 'RegExp',
  'String', 'Number', 'Boolean', 'Map', 'Set', 'WeakMap', 'Symbol', 'encodeURIComponent', 'decodeURIComponent']

/** A running mini program: its modules, its app and its pages. */
class World {
  /** @param {{ files: Map<string, string>, phone: any, clock: any, random?: () => number }} options */
  constructor({ files, phone, clock, random = Math.random }) {
    this.files = files
    this.phone = phone
    this.app = null
    this.defaultApp = {}
    this.views = new Views(this)
    const time = class extends Date {
      constructor(...parts) {
        super(...(parts.length ? parts : [clock.now()]))
      }

      static now() {
        return clock.now()
      }
    }
    const globals = {
      wx: phone.wx, Date: time, Math: Object.create(Math, { random: { value: random } }),
      setTimeout: (action, ms) => clock.setTimeout(action, ms), clearTimeout: (id) => clock.clearTimeout(id),
      setInterval: undefined, process: undefined, Buffer: undefined, global: undefined, window: undefined, globalThis: undefined,
      getApp: (options) => this.getApp(options),
      getCurrentPages: () => this.views.pages.map((page) => page.instance),
      App: (options) => this.startApp(options),
      Page: (options) => this.views.definePage(options),
      Component: (options) => this.views.defineComponent(options)
    }
    for (const name of BUILT_IN) globals[name] = globalThis[name]
    this.modules = new Modules(files, globals)
    phone.navigation = this.views.navigation()
  }

  require(name) {
    return this.modules.load(this.modules.resolve('app.js', name))
  }

  getApp(options) {
    return this.app || (options && options.allowDefault ? this.defaultApp : undefined)
  }

  /** What was set on the default app is on the real one afterwards. */
  startApp(options) {
    this.app = Object.assign({}, options, this.defaultApp)
    if (this.app.onLaunch) this.app.onLaunch({ path: '', query: {}, scene: this.phone.scene })
  }

  /** Runs app.js and opens a page, the first one of app.json unless another is named. */
  launch(url) {
    this.views.configure(JSON.parse(this.files.get('app.json')))
    if (this.files.has('app.js')) this.modules.load('app.js')
    return this.views.open(url || '/' + this.views.config.pages[0])
  }
}

module.exports = { World }
