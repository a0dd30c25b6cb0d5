'use strict'

const { OPEN_TYPES } = require('./wxml')

/** What a user does: looks, types and taps. */
class Hands {
  constructor(views) {
    this.views = views
    /** What the buttons of WeChat answer, in their order. */
    this.answers = { getPhoneNumber: [], getRealtimePhoneNumber: [], chooseAvatar: [] }
    /** Asks the user where no answer is prepared. */
    this.onAsk = () => {}
  }

  /** All nodes on the page at the top, parents before children. */
  *nodes(list = this.views.top.nodes, parents = []) {
    for (const node of list) {
      yield { node, parents }
      if (node.children) yield* this.nodes(node.children, parents.concat(node))
    }
  }

  all(selector) {
    return Array.from(this.nodes()).filter(({ node }) => !('text' in node) && this.views.matches(node, selector))
  }

  has(selector) {
    return this.all(selector).length > 0
  }

  one(selector) {
    const found = this.all(selector)
    if (found.length !== 1) throw new Error(`${found.length} nodes match ${selector}`)
    return found[0]
  }

  /** All text that is on the page. */
  text() {
    return Array.from(this.nodes()).map(({ node }) => node.text || '').filter(Boolean).join(' ')
  }

  type(selector, value) {
    this.enter(this.one(selector), value)
  }

  enter({ node }, value) {
    node.owner.inputs.set(node.key, value)
    if (node.events.input) node.owner.call(node.events.input.handler, { type: 'input', detail: { value } })
  }

  tap(selector) {
    this.press(this.one(selector))
  }

  /** A tap: what the button does in WeChat, then the event up to the root. */
  press({ node, parents }) {
    const { attributes } = node
    if (node.tag === 'button' && attributes.disabled) return
    const openType = attributes['open-type']
    if (node.tag === 'button' && openType) this.openType(node, openType)
    if (node.tag === 'button' && attributes['form-type'] === 'submit') this.submit(parents)
    for (const each of [node].concat(parents.slice().reverse())) {
      const event = each.events && each.events.tap
      if (!event) continue
      each.owner.call(event.handler, { type: 'tap', detail: {}, currentTarget: { dataset: each.dataset }, target: { dataset: node.dataset } })
      if (event.stops) return
    }
  }

  openType(node, openType) {
    if (!OPEN_TYPES.includes(openType)) throw new Error(`open-type="${openType}" is not known to the runtime`)
    const name = openType.toLowerCase()
    const event = node.events[name]
    if (!event) return
    const reply = (detail) => node.owner.call(event.handler, { type: name, detail })
    const answer = this.answers[openType].shift()
    if (answer) this.views.world.phone.later(20, () => reply(answer))
    else this.onAsk(openType, reply)
  }

  submit(parents) {
    const form = parents.filter(({ tag }) => tag === 'form').pop()
    if (!form || !form.events.submit) return
    const value = {}
    for (const { node } of this.nodes(form.children)) {
      if (node.tag !== 'input' || !node.attributes.name) continue
      value[node.attributes.name] = node.owner.inputs.has(node.key) ? node.owner.inputs.get(node.key) : String(node.attributes.value || '')
    }
    form.owner.call(form.events.submit.handler, { type: 'submit', detail: { value } })
  }
}

module.exports = { Hands }
