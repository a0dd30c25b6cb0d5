'use strict'

const copy = (value) => value === undefined ? undefined : JSON.parse(JSON.stringify(value))

const DEFAULTS = new Map([[String, ''], [Number, 0], [Boolean, false], [Array, []], [Object, null]])

/** Sets `a.b[0]` in data. */
function setPath(data, path, value) {
  const parts = path.match(/[^.[\]]+/g)
  const last = parts.pop()
  let target = data
  for (const part of parts) {
    if (target[part] === null || typeof target[part] !== 'object') target[part] = {}
    target = target[part]
  }
  target[last] = value
}

/**
 * A page or a component that lives. Its template becomes nodes; components in it are kept from one rendering to the next
 * by their place.
 */
class Living {
  constructor(views, definition, host) {
    this.views = views
    this.definition = definition
    /** The node that stands for it in its owner; null for a page. */
    this.host = host
    this.children = new Map()
    this.inputs = new Map()
    this.slots = {}
    this.nodes = []
    this.attached = false
    this.isReady = false
    this.instance = this.makeInstance()
  }

  makeInstance() {
    const { options, isPage } = this.definition
    const instance = Object.create(null)
    instance.data = copy(options.data || {})
    for (const [name, property] of Object.entries(options.properties || {})) {
      const { type, value } = typeof property === 'function' ? { type: property } : property
      if (!DEFAULTS.has(type)) throw new Error(`${this.definition.path}: property ${name} has no type`)
      instance.data[name] = value === undefined ? DEFAULTS.get(type) : copy(value)
    }
    instance.properties = instance.data
    const own = isPage ? options : options.methods || {}
    for (const [name, member] of Object.entries(own)) if (name !== 'data') instance[name] = member
    instance.setData = (change, callback) => {
      for (const [path, value] of Object.entries(change)) setPath(instance.data, path, copy(value))
      if (this.attached) this.render()
      if (callback) this.views.later(() => callback.call(instance))
    }
    instance.selectComponent = (selector) => {
      const found = this.attached ? this.find(this.nodes, selector) : null
      return found ? found.component.instance : null
    }
    instance.triggerEvent = (name, detail) => {
      const { host } = this
      const event = host && host.events[name]
      if (event) host.owner.call(event.handler, { type: name, detail: copy(detail) === undefined ? {} : copy(detail), target: {}, currentTarget: {} })
    }
    return instance
  }

  call(name, event) {
    const method = this.instance[name]
    if (typeof method !== 'function') throw new Error(`${this.definition.path}: no method "${name}"`)
    return method.call(this.instance, event)
  }

  lifetime(name) {
    const { options } = this.definition
    const hook = (options.lifetimes || {})[name]
    if (hook) hook.call(this.instance)
  }

  /** Finds the component of a node that its own template has: by id, class or name. */
  find(nodes, selector) {
    for (const node of nodes) {
      if (node.owner === this && node.component && this.views.matches(node, selector)) return node
      const inner = this.find(node.children || [], selector)
      if (inner) return inner
    }
    return null
  }

  attach() {
    this.lifetime('attached')
    this.attached = true
    this.render()
  }

  ready() {
    if (this.isReady) return
    this.isReady = true
    for (const child of this.children.values()) child.ready()
    this.lifetime('ready')
  }

  detach() {
    for (const child of this.children.values()) child.detach()
    this.children.clear()
    this.attached = false
    this.lifetime('detached')
  }

  render() {
    const seen = new Set()
    this.nodes = this.nodesOf(this.definition.template, this.instance.data, '', seen)
    for (const [key, child] of this.children) {
      if (seen.has(key)) continue
      this.children.delete(key)
      child.detach()
    }
    // A component's nodes hang in the tree of its owner.
    if (this.host) this.host.children = this.nodes
    this.views.changed()
  }

  nodesOf(template, data, place, seen) {
    const nodes = []
    let chain = false
    for (const item of template) {
      const { directives = {} } = item
      if (directives['wx:for']) {
        const list = directives['wx:for'](data) || []
        const name = directives['wx:for-item'] || 'item'
        const index = directives['wx:for-index'] || 'index'
        list.forEach((value, number) => nodes.push(...this.nodesOf([Object.assign({}, item, { directives: {} })],
          Object.assign({}, data, { [name]: value, [index]: number }), `${place}/${number}`, seen)))
        continue
      }
      if (directives['wx:if']) chain = Boolean(directives['wx:if'](data))
      else if (directives['wx:elif'] || directives['wx:else']) {
        if (chain) continue
        chain = directives['wx:else'] ? true : Boolean(directives['wx:elif'](data))
      } else chain = true
      if (chain) nodes.push(...this.nodeOf(item, data, place, seen))
    }
    return nodes
  }

  nodeOf(item, data, place, seen) {
    if (item.text) {
      const value = item.text(data)
      return [{ text: value === undefined || value === null ? '' : String(value), owner: this }]
    }
    if (item.tag === 'block') return this.nodesOf(item.children, data, place, seen)
    const attributes = {}
    for (const [name, value] of Object.entries(item.attributes)) attributes[name] = value(data)
    if (item.tag === 'slot') {
      const name = attributes.name || ''
      if (name && !(this.definition.options.options || {}).multipleSlots) {
        throw new Error(`${this.definition.path}: named slots need options.multipleSlots`)
      }
      return this.slots[name] || []
    }
    const dataset = {}
    for (const [name, value] of Object.entries(item.dataset)) dataset[name] = value(data)
    const key = `${place}#${item.id}`
    const node = { tag: item.tag, key, attributes, dataset, events: item.events, owner: this, children: [] }
    if (!item.custom) {
      node.children = this.nodesOf(item.children, data, place, seen)
      return [node]
    }
    // Content goes into the slot that it names; the content itself belongs to this template.
    const slots = {}
    for (const child of item.children) {
      const slot = child.attributes && child.attributes.slot ? child.attributes.slot(data) : ''
      slots[slot] = (slots[slot] || []).concat(this.nodesOf([child], data, place, seen))
    }
    seen.add(key)
    this.place(node, item, key, slots)
    return [node]
  }

  place(node, item, key, slots) {
    const known = this.children.get(key)
    const child = known || new Living(this.views, this.views.component(this.definition, item.tag), node)
    child.host = node
    child.slots = slots
    node.component = child
    for (const [name, value] of Object.entries(node.attributes)) {
      if (name === 'id' || name === 'class' || name === 'slot') continue
      if (!(name in (child.definition.options.properties || {}))) {
        throw new Error(`${this.definition.path}: <${item.tag}> has no property ${name}`)
      }
      child.instance.data[name] = copy(value)
    }
    if (known) {
      child.render()
      return
    }
    this.children.set(key, child)
    child.attach()
    if (this.isReady) this.views.later(() => child.ready())
  }
}

module.exports = { Living }
