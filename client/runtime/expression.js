'use strict'

const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|([A-Za-z_$][\w$]*)|(===|!==|==|!=|>=|<=|&&|\|\||[-+*/%<>!?:.()[\]]))/y
const BINARY = {
  '||': [1, (a, b) => a() || b()], '&&': [2, (a, b) => a() && b()],
  '===': [3, (a, b) => a() === b()], '!==': [3, (a, b) => a() !== b()],
  '==': [3, (a, b) => a() == b()], '!=': [3, (a, b) => a() != b()], // eslint-disable-line eqeqeq
  '<': [4, (a, b) => a() < b()], '>': [4, (a, b) => a() > b()], '<=': [4, (a, b) => a() <= b()], '>=': [4, (a, b) => a() >= b()],
  '+': [5, (a, b) => a() + b()], '-': [5, (a, b) => a() - b()], '*': [6, (a, b) => a() * b()], '/': [6, (a, b) => a() / b()],
  '%': [6, (a, b) => a() % b()]
}
const WORDS = { true: true, false: false, null: null, undefined }

/** Compiles an expression of WXML to a function of its data. What is not an expression of WXML throws. */
function compile(text) {
  const tokens = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const at = TOKEN.lastIndex
    const match = TOKEN.exec(text)
    if (!match) throw new Error(`WXML: not an expression: {{${text}}} at ${at}`)
    const [, number, string, word, sign] = match
    tokens.push(number !== undefined ? { value: Number(number) } : string !== undefined
      ? { value: string.slice(1, -1).replace(/\\(.)/g, '$1') } : word !== undefined ? { word } : { sign })
  }
  let position = 0
  const peek = () => tokens[position] || {}
  const take = (sign) => {
    if (peek().sign !== sign) throw new Error(`WXML: ${sign} is missing in {{${text}}}`)
    position += 1
  }
  const primary = () => {
    const token = tokens[position++]
    if (!token) throw new Error(`WXML: {{${text}}} ends too early`)
    let result
    if ('value' in token) result = () => token.value
    else if (token.word) result = token.word in WORDS ? () => WORDS[token.word] : (data) => data[token.word]
    else if (token.sign === '(') {
      result = ternary()
      take(')')
    } else if (token.sign === '!' || token.sign === '-') {
      const inner = primary()
      return token.sign === '!' ? (data) => !inner(data) : (data) => -inner(data)
    } else throw new Error(`WXML: unexpected ${token.sign} in {{${text}}}`)
    for (;;) {
      const inner = result
      if (peek().sign === '.') {
        position += 1
        const { word } = tokens[position++] || {}
        if (!word) throw new Error(`WXML: a name is missing in {{${text}}}`)
        result = (data) => member(inner(data), word)
      } else if (peek().sign === '[') {
        position += 1
        const index = ternary()
        take(']')
        result = (data) => member(inner(data), index(data))
      } else return result
    }
  }
  // WXML reads a member of nothing as nothing.
  const member = (value, name) => value === undefined || value === null ? undefined : value[name]
  const binary = (least) => {
    let left = primary()
    for (;;) {
      const known = BINARY[peek().sign]
      if (!known || known[0] < least) return left
      position += 1
      const [power, apply] = known
      const first = left
      const second = binary(power + 1)
      left = (data) => apply(() => first(data), () => second(data))
    }
  }
  const ternary = () => {
    const condition = binary(1)
    if (peek().sign !== '?') return condition
    position += 1
    const yes = ternary()
    take(':')
    const no = ternary()
    return (data) => condition(data) ? yes(data) : no(data)
  }
  const result = ternary()
  if (position < tokens.length) throw new Error(`WXML: too much in {{${text}}}`)
  return result
}

/** A text with `{{…}}` in it: one expression alone keeps its type, more become text. */
function template(text) {
  const parts = text.split(/\{\{([\s\S]*?)\}\}/)
  if (parts.length === 1) return () => text
  if (parts.length === 3 && !parts[0] && !parts[2]) return compile(parts[1])
  const pieces = parts.map((part, index) => index % 2 ? compile(part) : () => part)
  return (data) => pieces.map((piece) => {
    const value = piece(data)
    return value === undefined || value === null ? '' : String(value)
  }).join('')
}

module.exports = { compile, template }
