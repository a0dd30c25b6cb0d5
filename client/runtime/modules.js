'use strict'

/** Joins and straightens a path of files. */
function join(folder, path) {
  const parts = []
  for (const part of (path[0] === '/' ? path : folder + '/' + path).split('/')) {
    if (part === '..') parts.pop()
    else if (part && part !== '.') parts.push(part)
  }
  return parts.join('/')
}

/**
 * CommonJS over a table of files, with the globals that a mini program's modules see. A package is looked for as 构建 npm
 * places it: `miniprogram_npm/NAME` in the nearest folder upwards.
 */
class Modules {
  constructor(files, globals) {
    this.files = files
    this.globals = globals
    this.cache = new Map()
  }

  resolve(from, name) {
    const folder = from.split('/').slice(0, -1).join('/')
    const places = []
    if (/^[./]/.test(name)) places.push(join(folder, name))
    else {
      for (let up = folder.split('/'); ; up = up.slice(0, -1)) {
        places.push(join(up.join('/'), 'miniprogram_npm/' + name))
        if (!up.length || (up.length === 1 && !up[0])) break
      }
    }
    for (const place of places) {
      for (const candidate of [place, place + '.js', place + '/index.js']) {
        if (candidate.endsWith('.js') && this.files.has(candidate)) return candidate
      }
    }
    throw new Error(`module '${name}' is not found from ${from}`)
  }

  load(path) {
    const known = this.cache.get(path)
    if (known) return known.exports
    const module = { exports: {} }
    this.cache.set(path, module)
    const names = Object.keys(this.globals)
    // The runtime is not shipped; mini programs have no `Function` of text.
    const run = new Function('require', 'module', 'exports', ...names, `'use strict';${this.files.get(path)}\n//# sourceURL=${path}`)
    run((name) => this.load(this.resolve(path, name)), module, module.exports, ...names.map((name) => this.globals[name]))
    return module.exports
  }
}

module.exports = { Modules, join }
