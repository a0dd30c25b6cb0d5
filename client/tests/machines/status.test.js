const test = require('node:test')
const assert = require('node:assert')
const { Status, UN_START, ING, SUCCESS, FAIL } = require('../../src/machines/status')

test('a status has the values of the designs', () => {
  const status = new Status('login')
  assert.deepStrictEqual([status.status, UN_START, ING, SUCCESS, FAIL], [0, 0, 1, 2, -1])
  status.ing()
  assert.ok(status.isIng())
  status.success()
  assert.ok(status.isSuccess())
  status.fail('why')
  assert.ok(status.isFail())
  status.reset()
  assert.strictEqual(status.status, UN_START)
})

test('listeners are called once, removed ones not at all', () => {
  const status = new Status('auth')
  const calls = []
  status.onceSuccess(() => calls.push('success'))
  status.onceFail((error) => calls.push(error))
  status.onceSuccess(() => calls.push('removed'))()
  status.success()
  status.success()
  status.fail('fail')
  status.fail('again')
  assert.deepStrictEqual(calls, ['success', 'fail'])
})

test('must waits, and answers at once when it is over', async () => {
  const status = new Status('login')
  const calls = []
  const waiting = status.must(() => calls.push('waited'))
  status.ing()
  status.success()
  await waiting
  await status.must(() => calls.push('at once'))
  assert.deepStrictEqual(calls, ['waited', 'at once'])
  const again = new Status('login')
  const failing = again.must()
  again.fail('why')
  await assert.rejects(failing, (error) => error === 'why')
  await assert.rejects(again.must(), (error) => error === 'why')
  assert.strictEqual(again.once.length, 0)
})
