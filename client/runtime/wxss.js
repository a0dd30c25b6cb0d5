'use strict'

const RULE = /\s*([^{}]+)\{([^{}]*)\}\s*/y

/** Reads WXSS: class selectors alone (components take nothing else), and declarations. Anything else throws. */
function parse(text, file) {
  const plain = text.replace(/\/\*[\s\S]*?\*\//g, '').trim()
  const rules = []
  RULE.lastIndex = 0
  while (RULE.lastIndex < plain.length) {
    const match = RULE.exec(plain)
    if (!match) throw new Error(`${file}: not WXSS that the runtime knows`)
    const selector = match[1].trim()
    if (!/^\.[a-z][\w-]*$/.test(selector) && !(file === 'app.wxss' && selector === 'page')) {
      throw new Error(`${file}: the selector "${selector}" is not one class`)
    }
    const declarations = match[2].split(';').map((line) => line.trim()).filter(Boolean)
    for (const declaration of declarations) {
      if (!/^[a-z-]+:\s*\S/.test(declaration)) throw new Error(`${file}: not a declaration: ${declaration}`)
    }
    rules.push({ selector, declarations })
  }
  return rules
}

/** The rules as CSS of a page that is `width` px wide, for the nodes of one file. */
function css(rules, scope, width) {
  const px = (value) => value.replace(/(\d*\.?\d+)rpx/g, (_, number) => `${Number(number) * width / 750}px`)
  return rules.map(({ selector, declarations }) =>
    `${selector === 'page' ? '.wx-page' : `${selector}[data-file="${scope}"]`} { ${declarations.map(px).join('; ')} }`).join('\n')
}

module.exports = { parse, css }
