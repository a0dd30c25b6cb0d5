'use strict'

const { template } = require('./expression')

/** What each element of WeChat takes here. An attribute that is not listed is an error, not a silent nothing. */
const COMMON = ['class', 'id', 'hidden', 'style', 'slot']
const ELEMENTS = {
  view: [], text: [], block: [], slot: ['name'], form: [], image: ['src', 'mode'], 'scroll-view': ['scroll-y'],
  button: ['open-type', 'form-type', 'disabled', 'type', 'size', 'loading'],
  input: ['type', 'name', 'value', 'placeholder', 'maxlength', 'disabled', 'password'],
  navigator: ['url', 'open-type'], 'web-view': ['src'], switch: ['checked', 'name']
}
const EVENTS = ['tap', 'touchmove', 'submit', 'input', 'change', 'chooseavatar', 'getphonenumber', 'getrealtimephonenumber', 'message', 'load']
const OPEN_TYPES = ['', 'chooseAvatar', 'getPhoneNumber', 'getRealtimePhoneNumber', 'switchTab', 'redirect', 'navigate']
const DIRECTIVES = ['wx:if', 'wx:elif', 'wx:else', 'wx:for', 'wx:key', 'wx:for-item', 'wx:for-index']

const TAG = /<!--[\s\S]*?-->|<(\/?)([\w-]+)((?:\s+[\w:.-]+(?:\s*=\s*(?:"[^"]*"|'[^']*'))?)*)\s*(\/?)>/g
const ATTRIBUTE = /([\w:.-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'))?/g

function element(name, attributes, file, custom) {
  const known = ELEMENTS[name]
  const own = custom(name)
  if (!known && !own) throw new Error(`${file}: <${name}> is not known to the runtime`)
  const node = { tag: name, custom: Boolean(own), attributes: {}, events: {}, directives: {}, dataset: {}, children: [] }
  for (const [, key, double, single] of attributes.matchAll(ATTRIBUTE)) {
    const text = double !== undefined ? double : single
    const event = /^(bind|catch):?([a-z]+)$/.exec(key)
    if (DIRECTIVES.includes(key)) node.directives[key] = key === 'wx:key' || key.startsWith('wx:for-') ? text : template(text || '')
    else if (event && !(known && known.includes(key))) {
      if (!own && !EVENTS.includes(event[2])) throw new Error(`${file}: <${name} ${key}> is not known to the runtime`)
      node.events[event[2]] = { handler: text, stops: event[1] === 'catch' }
    } else if (/^data-/.test(key)) node.dataset[key.slice(5)] = template(text || '')
    else if (own || COMMON.includes(key) || known.includes(key)) {
      node.attributes[own ? key.replace(/-([a-z])/g, (_, letter) => letter.toUpperCase()) : key] =
        text === undefined ? () => true : template(text)
    } else throw new Error(`${file}: <${name} ${key}> is not known to the runtime`)
    if (key === 'open-type' && !/\{\{/.test(text) && !OPEN_TYPES.includes(text)) {
      throw new Error(`${file}: open-type="${text}" is not known to the runtime`)
    }
    if (/^wx:/.test(key) && !DIRECTIVES.includes(key)) throw new Error(`${file}: ${key} is not known to the runtime`)
  }
  return node
}

/** Parses WXML to a tree. `custom(name)` tells whether a name is a component of this file. */
function parse(text, file, custom) {
  const root = { children: [] }
  const stack = [root]
  let serial = 0
  let last = 0
  const words = (piece) => {
    const trimmed = piece.replace(/^\s*\n\s*|\s*\n\s*$/g, '')
    if (trimmed.trim()) stack[stack.length - 1].children.push({ text: template(trimmed), id: ++serial })
    if (/<\/?[a-zA-Z]/.test(piece)) throw new Error(`${file}: not WXML: ${piece.trim().slice(0, 60)}`)
  }
  for (const match of text.matchAll(TAG)) {
    words(text.slice(last, match.index))
    last = match.index + match[0].length
    const [, closing, name, attributes, empty] = match
    if (name === undefined) continue
    if (closing) {
      const open = stack.pop()
      if (open.tag !== name) throw new Error(`${file}: </${name}> closes <${open.tag}>`)
      continue
    }
    const node = element(name, attributes, file, custom)
    node.id = ++serial
    stack[stack.length - 1].children.push(node)
    if (!empty) stack.push(node)
  }
  words(text.slice(last))
  if (stack.length > 1) throw new Error(`${file}: <${stack.pop().tag}> is not closed`)
  return root.children
}

module.exports = { parse, OPEN_TYPES }
