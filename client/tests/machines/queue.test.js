const test = require('node:test')
const assert = require('node:assert')
const { Queue } = require('../../src/machines/queue')

test('the 101st waiter has no room, and has when another one leaves', () => {
  const queue = new Queue({ refreshLoginQueueMaxLength: 100 })
  for (let waiter = 0; waiter < 100; waiter++) assert.ok(queue.join(waiter))
  assert.ok(!queue.join('late'))
  queue.leave(50)
  queue.leave('unknown')
  assert.ok(queue.join('late'))
  assert.strictEqual(queue.size, 100)
})

test('draining gives the waiters in their order and empties the queue', () => {
  const queue = new Queue({ refreshLoginQueueMaxLength: 100 })
  queue.join('a')
  queue.join('b')
  assert.deepStrictEqual(queue.drain(), ['a', 'b'])
  assert.deepStrictEqual(queue.drain(), [])
})
