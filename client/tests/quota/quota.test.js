const test = require('node:test')
const assert = require('node:assert')
const { simulate } = require('./simulation')

test('a day of 1,000 users costs fewer logins than weRequest\'s way, and less with renewal', () => {
  const { renewed, plain, weRequest, quota } = simulate()
  assert.ok(renewed <= plain && plain < weRequest && plain < quota / 4, JSON.stringify(simulate()))
})
