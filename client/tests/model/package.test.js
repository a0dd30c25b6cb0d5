const test = require('node:test')
const assert = require('node:assert')
const path = require('node:path')
const { spawn } = require('node:child_process')

const STEPS = Number(process.env.STEPS || 1000000)
const SEED = process.env.SEED ? Number(process.env.SEED) : Date.now() % 2147483647

/** One half of the steps in a process of its own, with a seed of its own. */
function half(seed) {
  return new Promise((resolve) => {
    const env = Object.assign({}, process.env, { SEED: String(seed), STEPS: String(Math.ceil(STEPS / 2)) })
    const child = spawn(process.execPath, [path.join(__dirname, 'package.js')], { env })
    let text = ''
    child.stdout.on('data', (piece) => { text += piece })
    child.stderr.on('data', (piece) => { text += piece })
    child.on('close', (code) => resolve({ code, text }))
  })
}

test('the whole package at random: no promise unsettled, never two logins at once, no dead token sent', { timeout: 110000 }, async () => {
  for (const { code, text } of await Promise.all([half(SEED), half(SEED + 1)])) {
    console.log(text.trim())
    assert.strictEqual(code, 0, text)
  }
})
