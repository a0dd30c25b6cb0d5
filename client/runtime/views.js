'use strict'

const wxml = require('./wxml')
const wxss = require('./wxss')
const { join } = require('./modules')
const { Living } = require('./component')
const { Hands } = require('./hands')

const APP_KEYS = ['pages', 'subpackages', 'tabBar', 'window', 'usingComponents', 'lazyCodeLoading', 'sitemapLocation', 'style']
const JSON_KEYS = ['component', 'usingComponents', 'navigationBarTitleText', 'styleIsolation']
const COMPONENT_KEYS = ['options', 'properties', 'data', 'lifetimes', 'methods']

/** Pages and components of a world, and what a user does to them. */
class Views {
  constructor(world) {
    this.world = world
    this.pages = []
    this.definitions = new Map()
    this.config = { pages: [] }
    this.hands = new Hands(this)
    /** Called after each rendering. */
    this.onChange = () => {}
  }

  later(action) {
    this.world.phone.later(0, action)
  }

  changed() {
    this.onChange()
  }

  configure(config) {
    const unknown = Object.keys(config).find((key) => !APP_KEYS.includes(key))
    if (unknown) throw new Error(`app.json: "${unknown}" is not known to the runtime`)
    this.config = config
    this.routes = config.pages.concat(...(config.subpackages || []).map(({ root, pages }) => pages.map((page) => join(root, page))))
    this.tabs = ((config.tabBar || {}).list || []).map(({ pagePath }) => pagePath)
  }

  definePage(options) {
    this.defined = { options, isPage: true }
  }

  defineComponent(options) {
    const unknown = Object.keys(options).find((key) => !COMPONENT_KEYS.includes(key))
    if (unknown) throw new Error(`Component: "${unknown}" is not known to the runtime`)
    this.defined = { options, isPage: false }
  }

  /** Loads the four files of a page or component. */
  definition(path) {
    const known = this.definitions.get(path)
    if (known) return known
    const { files, modules } = this.world
    const read = (extension) => {
      if (!files.has(path + extension)) throw new Error(`${path}${extension} is missing`)
      return files.get(path + extension)
    }
    const json = JSON.parse(files.get(path + '.json') || '{}')
    const unknown = Object.keys(json).find((key) => !JSON_KEYS.includes(key))
    if (unknown) throw new Error(`${path}.json: "${unknown}" is not known to the runtime`)
    this.defined = null
    read('.js')
    modules.load(path + '.js')
    if (!this.defined) throw new Error(`${path}.js calls neither Page nor Component`)
    const { options, isPage } = this.defined
    if (!isPage && json.component !== true) throw new Error(`${path}.json: "component": true is missing`)
    const components = Object.assign({}, this.config.usingComponents, json.usingComponents)
    const definition = {
      path, options, isPage, components,
      template: wxml.parse(read('.wxml'), path + '.wxml', (name) => components[name]),
      // The app's styles are for pages alone.
      rules: (isPage ? this.rules('app.wxss') : []).concat(this.rules(path + '.wxss'))
    }
    this.definitions.set(path, definition)
    return definition
  }

  rules(file) {
    const { files } = this.world
    return files.has(file) ? wxss.parse(files.get(file), file) : []
  }

  component(from, name) {
    const place = from.components[name]
    const { modules } = this.world
    const file = place[0] === '/' ? join('', place) + '.js' : modules.resolve(from.path + '.js', /^[.@]/.test(place) ? place : './' + place)
    return this.definition(file.replace(/\.js$/, ''))
  }

  matches(node, selector) {
    const { id = '', class: names = '' } = node.attributes || {}
    if (selector[0] === '#') return id === selector.slice(1)
    if (selector[0] === '.') return String(names).split(/\s+/).includes(selector.slice(1))
    return node.tag === selector
  }

  /** Opens a page on top of the stack. */
  open(url) {
    const [path, text = ''] = url.replace(/^\//, '').split('?')
    const page = new Living(this, this.definition(path), null)
    const query = {}
    for (const pair of text.split('&').filter(Boolean)) {
      const [name, value = ''] = pair.split('=')
      query[name] = value
    }
    page.instance.route = path
    page.instance.options = query
    this.pages.push(page)
    this.hook(page, 'onLoad', Object.assign({}, query))
    this.hook(page, 'onShow')
    // Nothing of a page is there while it loads.
    this.world.phone.later(5, () => {
      if (!this.pages.includes(page)) return
      page.attach()
      page.ready()
      this.hook(page, 'onReady')
    })
    return page
  }

  hook(page, name, value) {
    const hook = page.instance[name]
    if (hook) hook.call(page.instance, value)
  }

  close() {
    const page = this.pages.pop()
    if (page.attached) page.detach()
    this.hook(page, 'onUnload')
    this.changed()
  }

  get top() {
    return this.pages[this.pages.length - 1]
  }

  /** wx's navigation: `{ failure }` where WeChat refuses. */
  navigation() {
    const known = (url) => this.routes.includes(url.split('?')[0].replace(/^\//, ''))
    const tab = (url) => this.tabs.includes(url.split('?')[0].replace(/^\//, ''))
    const opened = (url) => {
      if (!known(url)) return { failure: `page "${url}" is not found` }
      if (tab(url)) return { failure: 'can not navigateTo a tabbar page' }
      return null
    }
    return {
      navigateTo: ({ url }) => {
        const failed = opened(url) || (this.pages.length >= 10 ? { failure: 'webview count limit exceed' } : null)
        if (!failed) this.open(url)
        return failed || {}
      },
      redirectTo: ({ url }) => {
        const failed = opened(url)
        if (failed) return failed
        this.close()
        this.open(url)
        return {}
      },
      navigateBack: () => {
        if (this.pages.length < 2) return { failure: 'cannot navigate back at first page.' }
        this.close()
        this.hook(this.top, 'onShow')
        return {}
      },
      switchTab: ({ url }) => {
        if (!tab(url) || /\?/.test(url)) return { failure: 'can not switch to no-tabBar page' }
        const kept = this.pages[0]
        while (this.pages.length) {
          if (this.pages.length === 1 && kept.instance.route === url.replace(/^\//, '')) break
          this.close()
        }
        if (this.pages.length) this.hook(kept, 'onShow')
        else this.open(url)
        return {}
      }
    }
  }
}

module.exports = { Views }
