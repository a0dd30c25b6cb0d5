const test = require('node:test')
const assert = require('node:assert')
const path = require('node:path')
const { spawnSync } = require('node:child_process')

test('the whole package in a million random steps: no promise unsettled, never two logins at once, no dead token sent', () => {
  const run = spawnSync(process.execPath, [path.join(__dirname, 'package.js')], { encoding: 'utf8', timeout: 110000 })
  console.log(run.stdout.trim())
  assert.strictEqual(run.status, 0, `${run.stdout}\n${run.stderr}`)
})
