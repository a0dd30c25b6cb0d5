const test = require('node:test')
const assert = require('node:assert')
const { Fuse, REFRESH_LOGIN_FUSELINE_DEFAULT } = require('../../src/machines/fuse')

const opened = () => {
  const fuse = new Fuse({ refreshLoginFuseRestoreTime: 5000 })
  for (let count = 0; count < 4; count++) fuse.take(0)
  return fuse
}

test('the fuse gives three counts, opens, and closes after 5 s', () => {
  assert.strictEqual(REFRESH_LOGIN_FUSELINE_DEFAULT, 3)
  const fuse = new Fuse({ refreshLoginFuseRestoreTime: 5000 })
  const answers = [0, 1, 2, 3, 4, 5002, 5003, 5003].map((now) => fuse.take(now))
  assert.deepStrictEqual(answers, ['', '', '', 'blown', 'open', 'open', '', ''])
})

test('a success refills the fuse', () => {
  const fuse = new Fuse({ refreshLoginFuseRestoreTime: 5000 })
  fuse.take(0)
  fuse.take(0)
  fuse.refill()
  assert.deepStrictEqual([1, 2, 3, 4].map((now) => fuse.take(now)), ['', '', '', 'blown'])
})

test('logins whose tokens are refused at once open the fuse, however often they succeed', () => {
  const fuse = new Fuse({ refreshLoginFuseRestoreTime: 5000 })
  const answers = []
  for (let round = 0; round < 4; round++) {
    answers.push(fuse.take(round))
    if (answers[round]) break
    fuse.refill()
    fuse.relapse()
    fuse.relapse()
  }
  assert.deepStrictEqual(answers, ['', '', '', 'blown'])
})

test('a clock that is set back does not keep the fuse open', () => {
  const fuse = opened()
  assert.strictEqual(fuse.take(-86400000), '')
})

test('an explicit success closes an open fuse', () => {
  const fuse = opened()
  assert.strictEqual(fuse.remaining(1000), 4000)
  fuse.refill()
  assert.strictEqual(fuse.remaining(1000), 0)
  assert.strictEqual(fuse.take(1), '')
})
