const test = require('node:test')
const assert = require('node:assert')
const { task, abortable } = require('../../src/foundation/task')

test('a task gives the value of its generator, and throws into it', async () => {
  const value = await task(function* () {
    const one = yield Promise.resolve(1)
    try {
      yield Promise.reject(new Error('two'))
    } catch (error) {
      return [one, error.message, yield 3]
    }
  }())
  assert.deepStrictEqual(value, [1, 'two', 3])
  await assert.rejects(task(function* () { throw new Error('at once') }()), /at once/)
})

test('abort rejects at once, reaches the step and runs what is in finally', async () => {
  const seen = []
  const running = task(function* () {
    try {
      yield abortable(() => () => seen.push('step'))
    } finally {
      seen.push('finally')
    }
  }())
  running.abort()
  running.abort()
  await assert.rejects(running, (error) => error.reason === 'ABORTED' && error.isCancel)
  assert.deepStrictEqual(seen, ['step', 'finally'])
})

test('a task that aborts itself stops at its next step', async () => {
  const seen = []
  const running = task(function* () {
    yield null
    running.abort()
    seen.push('to the next step')
    try {
      yield null
      seen.push('never')
    } finally {
      seen.push('finally')
    }
  }())
  await assert.rejects(running, (error) => error.reason === 'ABORTED')
  assert.deepStrictEqual(seen, ['to the next step', 'finally'])
})

test('abort after the end changes nothing', async () => {
  const running = task(function* () { return 1 }())
  running.abort()
  assert.strictEqual(await running, 1)
})
