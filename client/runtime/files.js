'use strict'

const fs = require('node:fs')
const path = require('node:path')

const TEXTS = ['.js', '.json', '.wxml', '.wxss']

/** The files below a folder that a mini program can use, by their paths from it. */
function readFolder(folder, prefix = '', files = new Map()) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const full = path.join(folder, entry.name)
    if (entry.isDirectory()) {
      if (entry.name !== 'node_modules' && entry.name !== 'miniprogram_npm') readFolder(full, `${prefix}${entry.name}/`, files)
    } else if (TEXTS.includes(path.extname(entry.name))) files.set(prefix + entry.name, fs.readFileSync(full, 'utf8'))
  }
  return files
}

/** What 构建 npm makes of a package: the folder that its `miniprogram` names, below `miniprogram_npm/NAME`. */
function builtPackage(folder) {
  const { name, miniprogram } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'))
  return readFolder(path.join(folder, miniprogram), `miniprogram_npm/${name}/`)
}

module.exports = { readFolder, builtPackage }
