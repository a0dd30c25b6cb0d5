const test = require('node:test')
const assert = require('node:assert')
const { Reconnection } = require('../../src/machines/reconnection')

function open(now = 0) {
  const machine = new Reconnection()
  machine.start()
  machine.loggedIn()
  machine.opened(now)
  return machine
}

test('it logs in, connects and is open', () => {
  const machine = new Reconnection()
  assert.deepStrictEqual(machine.start(), { do: 'login' })
  assert.strictEqual(machine.start(), null)
  assert.deepStrictEqual(machine.loggedIn(), { do: 'connect' })
  machine.opened(0)
  assert.strictEqual(machine.state, 'open')
})

const ends = [
  { code: 1001, reason: '', step: 'wait' },
  { code: 1006, reason: '', step: 'wait' },
  { code: 1013, reason: '', step: 'wait' },
  { code: 1008, reason: 'token expired', step: 'login' },
  { code: 1008, reason: 'token revoked', step: 'login' },
  { code: 1008, reason: 'logged out', step: 'end' },
  { code: 1008, reason: 'user blocked', step: 'end' },
  { code: 1000, reason: '', step: 'end' },
  { code: 4000, reason: 'of the service', step: 'end' }
]
for (const { code, reason, step } of ends) {
  test(`closed with ${code} "${reason}": ${step}`, () => {
    assert.strictEqual(open().closed(code, reason, 1, 0.5).do, step)
  })
}

test('pauses double from 1 s to 30 s, with full jitter', () => {
  const machine = open()
  const longest = []
  for (let round = 0; round < 7; round++) {
    longest.push(machine.closed(1001, '', 1, 0.999999).ms)
    machine.elapsed()
    machine.loggedIn()
    machine.opened(1)
  }
  assert.deepStrictEqual(longest.map((ms) => Math.ceil(ms / 1000)), [1, 2, 4, 8, 16, 30, 30])
  assert.strictEqual(machine.closed(1001, '', 1, 0).ms, 0)
})

test('a connection of five seconds begins the pauses anew', () => {
  const machine = open()
  for (let round = 0; round < 5; round++) {
    machine.closed(1001, '', 1, 0.5)
    machine.elapsed()
    machine.loggedIn()
    machine.opened(1)
  }
  assert.strictEqual(machine.closed(1001, '', 5001, 0.5).ms, 500)
})

test('a token that expires again at once is a pause, not a loop of logins', () => {
  const machine = open()
  assert.deepStrictEqual(machine.closed(1008, 'token expired', 1, 0.5), { do: 'login', refused: true })
  machine.loggedIn()
  machine.opened(1)
  assert.strictEqual(machine.closed(1008, 'token expired', 2, 0.5).do, 'wait')
})

test('none in the background or offline, at once on return', () => {
  const machine = open()
  machine.shown(false)
  machine.closed(1006, '', 1, 0.5)
  assert.strictEqual(machine.elapsed(), null)
  machine.network(false)
  assert.strictEqual(machine.shown(true), null)
  assert.deepStrictEqual(machine.network(true), { do: 'login' })
})

test('a refused handshake asks the session, which decides', () => {
  for (const [verdict, step] of [['good', 'wait'], ['login', 'login'], ['out', 'end'], ['unknown', 'wait']]) {
    const machine = new Reconnection()
    machine.start()
    machine.loggedIn()
    assert.deepStrictEqual(machine.refused(), { do: 'check' })
    assert.strictEqual(machine.checked(verdict, 0.5).do, step)
  }
})

test('a login that fails for now is a pause, at least as long as it says; for good it is the end', () => {
  const machine = new Reconnection()
  machine.start()
  assert.deepStrictEqual(machine.loginFailed('later', true, 0.5, 60000), { do: 'wait', ms: 60000 })
  machine.elapsed()
  assert.deepStrictEqual(machine.loginFailed('never', false, 0.5), { do: 'end', error: 'never' })
})

test('the end is final', () => {
  const machine = open()
  machine.end()
  const steps = [machine.start(), machine.loggedIn(), machine.opened(0), machine.refused(), machine.checked('login', 0),
    machine.closed(1001, '', 0, 0), machine.elapsed(), machine.shown(true), machine.network(true), machine.end()]
  assert.ok(steps.every((step) => step === null))
})
