const test = require('node:test')
const assert = require('node:assert')
const { SessionMachine } = require('../../src/machines/session')

const HOUR = 3600000

function loggedIn(now = 0) {
  const machine = new SessionMachine()
  const { flight } = machine.want(now, {}, 'first')
  machine.land(flight, 'one', 2 * HOUR, now)
  return machine
}

test('one leads, others wait, all wake with the token', () => {
  const machine = new SessionMachine()
  assert.deepStrictEqual(machine.want(0, {}, 'a'), { do: 'lead', flight: 1 })
  assert.deepStrictEqual(machine.want(0, {}, 'b'), { do: 'wait' })
  assert.deepStrictEqual(machine.want(0, { explicit: true, force: true }, 'c'), { do: 'wait' })
  assert.deepStrictEqual(machine.land(1, 'one', HOUR, 0), ['a', 'b', 'c'])
  assert.deepStrictEqual(machine.want(1, {}, 'd'), { do: 'use' })
})

test('the leader does not count among the hundred who wait', () => {
  const machine = new SessionMachine()
  machine.want(0, {}, 'leader')
  for (let waiter = 0; waiter < 100; waiter++) assert.strictEqual(machine.want(0, {}, waiter).do, 'wait')
  assert.strictEqual(machine.want(0, {}, 'late').reason, 'QUEUE_FULL')
})

test('thirty refusals of one token make one flight and one count of the fuse', () => {
  const machine = loggedIn()
  const stamps = Array.from({ length: 30 }, () => machine.stamp())
  const verdicts = stamps.map((refused, index) => machine.want(1, { refused }, index).do)
  assert.strictEqual(verdicts.filter((verdict) => verdict === 'lead').length, 1)
  assert.strictEqual(machine.fuse.left, 2)
})

test('a late refusal of an older token uses the newer one', () => {
  const machine = loggedIn()
  const refused = machine.stamp()
  machine.land(machine.want(1, { refused }, 'a').flight, 'two', HOUR, 1)
  assert.strictEqual(machine.want(2, { refused }, 'b').do, 'use')
  assert.strictEqual(machine.refuse(refused), false)
})

test('renewals out of order: the younger request wins', () => {
  const machine = loggedIn()
  const older = machine.stamp()
  const younger = machine.stamp()
  assert.ok(machine.renew(younger, 'younger', HOUR, 1))
  assert.ok(!machine.renew(older, 'older', HOUR, 2))
  assert.strictEqual(machine.token, 'younger')
})

test('a renewal of the login before, or of a session that was logged out, is dropped', () => {
  const machine = loggedIn()
  const stamp = machine.stamp()
  machine.land(machine.want(1, { force: true }, 'a').flight, 'two', HOUR, 1)
  assert.ok(!machine.renew(stamp, 'late', HOUR, 2))
  const other = machine.stamp()
  machine.logout()
  assert.ok(!machine.renew(other, 'late', HOUR, 3))
  assert.strictEqual(machine.token, null)
})

test('after a logout nothing logs in but an explicit wish, also after a restart', () => {
  const machine = loggedIn()
  const { flight } = machine.want(0, { force: true }, 'a')
  machine.want(0, {}, 'b')
  assert.deepStrictEqual(machine.logout(), ['a', 'b'])
  assert.strictEqual(machine.land(flight, 'late', HOUR, 1), null)
  const restarted = new SessionMachine()
  restarted.restore(JSON.parse(JSON.stringify(machine.snapshot())))
  for (const each of [machine, restarted]) {
    assert.strictEqual(each.want(2, {}, 'c').reason, 'LOGGED_OUT')
    assert.strictEqual(each.stamp(), null)
    assert.strictEqual(each.want(3, { explicit: true }, 'd').do, 'lead')
  }
})

test('the fuse counts failures of those who lead, and explicit logins do not count', () => {
  const machine = new SessionMachine()
  for (let round = 0; round < 3; round++) {
    const { flight } = machine.want(round, {}, 'a')
    machine.want(round, {}, 'b')
    machine.crash(flight, { code: 0 }, round)
  }
  assert.strictEqual(machine.want(4, {}, 'a').reason, 'FUSE_BLOWN')
  const open = machine.want(5, {}, 'a')
  assert.deepStrictEqual([open.reason, open.wait], ['FUSE_OPEN', 4999])
  assert.strictEqual(machine.want(6, { explicit: true }, 'a').do, 'lead')
})

const pauses = [
  { name: 'a throttled login waits for retry-after', error: { code: 20009, retryAfter: 60 }, wait: 60000 },
  { name: 'a store that is not there waits for retry-after', error: { code: 25003, retryAfter: 2 }, wait: 2000 },
  { name: 'WeChat unavailable waits for 5 s', error: { code: 30000 }, wait: 5000 }
]
for (const { name, error, wait } of pauses) {
  test(name, () => {
    const machine = new SessionMachine()
    machine.crash(machine.want(0, {}, 'a').flight, error, 0)
    const early = machine.want(wait - 1, { explicit: true }, 'a')
    assert.deepStrictEqual([early.reason, early.error, early.wait], ['BLOCKED', error, 1])
    assert.strictEqual(machine.want(wait, {}, 'a').do, 'lead')
  })
}

test('pauses while WeChat is unavailable double up to five minutes, and a login ends them', () => {
  const machine = new SessionMachine()
  const waits = []
  let now = 0
  for (let round = 0; round < 8; round++) {
    machine.crash(machine.want(now, { explicit: true }, 'a').flight, { code: 30000 }, now)
    waits.push(machine.blocked(now) / 1000)
    now += machine.blocked(now)
  }
  assert.deepStrictEqual(waits, [5, 10, 20, 40, 80, 160, 300, 300])
  machine.land(machine.want(now, {}, 'a').flight, 'one', HOUR, now)
  machine.bar({ code: 30000 }, now)
  assert.strictEqual(machine.blocked(now), 5000)
})

for (const error of [{ code: 20008 }, { code: 20006, relogin: false }]) {
  test(`after ${error.code} there is no login before login()`, () => {
    const machine = new SessionMachine()
    machine.crash(machine.want(0, {}, 'a').flight, error, 0)
    assert.strictEqual(machine.want(1e9, {}, 'a').reason, 'HELD')
    assert.strictEqual(machine.want(1e9, { explicit: true }, 'a').do, 'lead')
  })
}

test('a clock a day wrong, from the start or suddenly, costs one login at most', () => {
  const wrong = loggedIn(86400000 * 20000)
  assert.strictEqual(wrong.want(86400000 * 20000 + HOUR, {}, 'a').do, 'use')
  const back = loggedIn(86400000)
  assert.strictEqual(back.want(0, {}, 'a').do, 'use')
  const forth = loggedIn(1)
  assert.strictEqual(forth.want(86400000, {}, 'a').do, 'lead')
})

for (const state of [null, 'text', 7, {}, { token: 5 }, { token: 'a', expiresIn: -1, receivedAt: 1 }, { token: 'a' }]) {
  test(`a restored state that is not one is ignored: ${JSON.stringify(state)}`, () => {
    const machine = new SessionMachine()
    machine.restore(state)
    assert.deepStrictEqual([machine.token, machine.out], [null, false])
  })
}

test('a waiter that left is not woken, nor is a leader that left', () => {
  const machine = new SessionMachine()
  const { flight } = machine.want(0, {}, 'leader')
  machine.want(0, {}, 'a')
  machine.want(0, {}, 'b')
  machine.leave('leader')
  machine.leave('a')
  assert.deepStrictEqual(machine.land(flight, 'one', HOUR, 0), ['b'])
})
