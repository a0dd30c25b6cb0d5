'use strict'

const fs = require('node:fs')
const path = require('node:path')

const PARTS = ['clock', 'modules', 'expression', 'wxml', 'wxss', 'component', 'hands', 'views', 'world', 'network', 'phone', 'dom']

/** The runtime as one script for a page; it defines `MenshenRuntime` with World, Phone, RealClock and Dom. */
function bundle() {
  const parts = PARTS.map((name) => `${JSON.stringify('./' + name)}: (require, module) => {\n${fs.readFileSync(path.join(__dirname, name + '.js'), 'utf8')}\n}`)
  return `const MenshenRuntime = (() => {
const parts = {\n${parts.join(',\n')}\n}
const known = {}
const require = (name) => {
  if (!known[name]) {
    const module = { exports: {} }
    known[name] = module
    parts[name](require, module)
  }
  return known[name].exports
}
return Object.assign({}, require('./world'), require('./phone'), require('./clock'), require('./dom'))
})()\n`
}

module.exports = { bundle }
