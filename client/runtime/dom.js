'use strict'
/* global document, queueMicrotask */

const wxss = require('./wxss')

const TAGS = { view: 'div', text: 'span', button: 'button', input: 'input', image: 'img', form: 'div', 'scroll-view': 'div', navigator: 'a', switch: 'input' }

/** What WeChat gives its own elements; a mini program's own styles come after it. */
const BASE = `
.wx-phone { position: relative; overflow: hidden; background: #fff; font: 17px/1.4 system-ui, sans-serif; color: #000; }
.wx-page { position: relative; height: 100%; overflow-y: auto; box-sizing: border-box; }
.wx-phone button { display: block; width: 100%; min-height: 46px; margin: 0; border: 0; border-radius: 5px; font: inherit; background: #f2f2f2; }
.wx-phone input { display: block; width: 100%; box-sizing: border-box; border: 0; font: inherit; }
.wx-phone .wx-mask { position: absolute; z-index: 5000; inset: 0; display: flex; align-items: flex-end; background: rgba(0, 0, 0, .5); }
.wx-phone .wx-sheet { width: 100%; padding: 24px; box-sizing: border-box; background: #fff; border-radius: 12px 12px 0 0; }
.wx-phone .wx-sheet button { margin-top: 12px; }
.wx-phone .wx-toast { position: absolute; z-index: 6000; top: 40%; left: 15%; right: 15%; padding: 12px; border-radius: 8px; text-align: center; color: #fff; background: rgba(0, 0, 0, .7); }
.wx-phone .wx-tabs { position: absolute; z-index: 900; bottom: 0; left: 0; right: 0; display: flex; height: 48px; border-top: 1px solid #ddd; background: #fafafa; }
.wx-phone .wx-tabs button { border-radius: 0; background: none; }
`

/** Answers of WeChat's own sheets, by the button's open-type: what the user allows, and what a refusal looks like. */
const SHEETS = {
  getPhoneNumber: ['申请获取手机号', () => ({ code: `phone-${Date.now()}`, errMsg: 'getPhoneNumber:ok' })],
  getRealtimePhoneNumber: ['申请获取手机号', () => ({ code: `phone-${Date.now()}`, errMsg: 'getRealtimePhoneNumber:ok' })],
  chooseAvatar: ['选择头像', () => ({ avatarUrl: 'wxfile://avatar' })]
}

/** A phone on a page: the world's views as elements. Rendered whole after each change; what is typed stays. */
class Dom {
  constructor(world, root, width = 375) {
    this.world = world
    this.root = root
    this.width = width
    this.entries = new WeakMap()
    this.styled = new Set()
    root.className = 'wx-phone'
    this.style(BASE)
    this.screen = root.appendChild(document.createElement('div'))
    this.screen.style.height = '100%'
    this.over = root.appendChild(document.createElement('div'))
    root.addEventListener('click', (event) => this.on(event, (entry) => world.views.hands.press(entry)))
    root.addEventListener('input', (event) => this.on(event, (entry) => world.views.hands.enter(entry, event.target.value)))
    world.views.onChange = () => this.schedule()
    world.views.hands.onAsk = (openType, reply) => this.ask(openType, reply)
    world.phone.onToast = (title) => this.toast(title)
    /** What the sheets answer; a page can replace it, for codes of the stand-in. */
    this.allow = (openType) => SHEETS[openType][1]()
  }

  style(text) {
    document.head.appendChild(document.createElement('style')).textContent = text
  }

  on(event, action) {
    for (let element = event.target; element && element !== this.root; element = element.parentNode) {
      const entry = this.entries.get(element)
      if (entry) return action(entry)
    }
  }

  schedule() {
    if (this.pending) return
    this.pending = true
    queueMicrotask(() => {
      this.pending = false
      this.render()
    })
  }

  render() {
    const { views } = this.world
    const page = document.createElement('div')
    page.className = 'wx-page'
    for (const node of views.top ? views.top.nodes : []) page.appendChild(this.element(node, []))
    const tabs = ((views.config.tabBar || {}).list || [])
    if (views.top && tabs.some(({ pagePath }) => pagePath === views.top.instance.route)) page.appendChild(this.tabBar(tabs))
    const focused = this.entries.get(document.activeElement)
    this.screen.replaceChildren(page)
    if (!focused) return
    for (const element of this.screen.querySelectorAll('input')) if (this.entries.get(element).node.key === focused.node.key) element.focus()
  }

  element(node, parents) {
    if ('text' in node) return document.createTextNode(node.text)
    const { tag, attributes, owner } = node
    const element = document.createElement(TAGS[tag] || 'div')
    this.entries.set(element, { node, parents })
    if (!TAGS[tag]) element.dataset.component = tag
    element.dataset.file = owner.definition.path
    if (!this.styled.has(owner.definition.path)) {
      this.styled.add(owner.definition.path)
      this.style(wxss.css(owner.definition.rules, owner.definition.path, this.width))
    }
    if (attributes.class) element.className = attributes.class
    if (attributes.id) element.id = attributes.id
    if (attributes.style) element.setAttribute('style', attributes.style)
    element.hidden = Boolean(attributes.hidden)
    if (tag === 'button') element.disabled = Boolean(attributes.disabled)
    if (tag === 'image') element.alt = attributes.src
    if (tag === 'input') {
      element.placeholder = attributes.placeholder || ''
      element.maxLength = Number(attributes.maxlength) || 140
      element.value = owner.inputs.has(node.key) ? owner.inputs.get(node.key) : attributes.value || ''
    }
    for (const child of node.children) element.appendChild(this.element(child, parents.concat(node)))
    return element
  }

  tabBar(tabs) {
    const bar = document.createElement('div')
    bar.className = 'wx-tabs'
    for (const { pagePath, text } of tabs) bar.appendChild(this.button(text, () => this.world.phone.wx.switchTab({ url: '/' + pagePath })))
    return bar
  }

  button(text, action) {
    const button = document.createElement('button')
    button.textContent = text
    button.addEventListener('click', action)
    return button
  }

  /** WeChat's own sheet over the mini program. */
  ask(openType, reply) {
    const mask = document.createElement('div')
    mask.className = 'wx-mask'
    const sheet = mask.appendChild(document.createElement('div'))
    sheet.className = 'wx-sheet'
    const end = (answer) => async () => {
      mask.remove()
      reply(await answer())
    }
    sheet.append(SHEETS[openType][0], this.button('允许', end(() => this.allow(openType))),
      this.button('拒绝', end(() => ({ errMsg: `${openType}:fail user deny` }))))
    this.over.appendChild(mask)
  }

  toast(title) {
    const toast = document.createElement('div')
    toast.className = 'wx-toast'
    toast.textContent = title
    this.over.appendChild(toast)
    this.world.phone.later(1500, () => toast.remove())
  }
}

module.exports = { Dom }
