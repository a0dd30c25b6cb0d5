const test = require('node:test')
const assert = require('node:assert')
const { SessionMachine } = require('../../src/machines/session')
const { Reconnection } = require('../../src/machines/reconnection')
const { seeded } = require('../support/random')

const STEPS = Number(process.env.STEPS || 1000000)

// The model knows of each token whether its session was logged out, and of each waiter whether it was answered.
test(`session: ${STEPS} random steps`, () => {
  const { below, pick, chance } = seeded('session')
  const machine = new SessionMachine()
  const pending = new Set()
  const dead = new Set()
  let now = 1
  let flight = null
  let serial = 0
  let stamps = []
  let barred = { until: 0, hold: false }
  let out = false
  const leads = []

  const wake = (waiters) => {
    for (const waiter of waiters) assert.ok(pending.delete(waiter), 'a waiter is answered once')
  }
  const token = () => `token ${++serial}`
  const bury = () => {
    if (machine.token !== null) dead.add(machine.token)
  }

  const events = {
    want() {
      const explicit = chance(0.1)
      const refused = chance(0.4) && stamps.length ? pick(stamps) : undefined
      const waiter = {}
      const full = machine.queue.size >= 100
      const verdict = machine.want(now, { explicit, force: chance(0.05), refused }, waiter)
      if (explicit) { out = false; barred.hold = false }
      if (verdict.do === 'use') {
        assert.ok(!out && machine.token !== null && !dead.has(machine.token))
        if (refused) assert.notStrictEqual(machine.token, refused.token, 'a refused token is not used again')
      } else if (verdict.do === 'lead') {
        assert.ok(flight === null, 'two logins at once')
        assert.ok(!out && !barred.hold && now >= barred.until, 'a login that was not allowed')
        if (!explicit) {
          leads.push(now)
          if (leads.length > 3) {
            const oldest = leads.shift()
            assert.ok(now - oldest >= 5000, 'more than three automatic logins in a row')
          }
        }
        flight = verdict.flight
        pending.add(waiter)
      } else if (verdict.do === 'wait') {
        assert.ok(flight !== null && !full)
        pending.add(waiter)
      } else {
        const known = { LOGGED_OUT: out, QUEUE_FULL: full, HELD: barred.hold, BLOCKED: now < barred.until }
        assert.ok(known[verdict.reason] !== false, verdict.reason)
      }
    },
    land() {
      if (flight === null) return
      const late = chance(0.05) ? flight - 1 : flight
      const waiters = machine.land(late, token(), 1000 + below(7200000), now)
      if (late !== flight) return assert.strictEqual(waiters, null)
      flight = null
      leads.length = 0
      barred.until = 0
      wake(waiters)
    },
    crash() {
      if (flight === null) return
      const error = pick([{ code: 0 }, { code: 20009, retryAfter: 1 + below(60) }, { code: 30000 }, { code: 20008 },
        { code: 20007, relogin: true }, { code: 25003, retryAfter: 1 }])
      const waiters = machine.crash(flight, error, now)
      flight = null
      if (error.code === 20008) barred.hold = true
      const length = machine.blocked(now)
      if (length) barred.until = now + length
      wake(waiters)
    },
    send() {
      const stamp = machine.stamp()
      if (!stamp) return
      assert.ok(!dead.has(stamp.token), 'a token of a session that was logged out')
      stamps.push(stamp)
      if (stamps.length > 50) stamps.shift()
    },
    renew() {
      if (!stamps.length) return
      const stamp = pick(stamps)
      const before = machine.bornAt
      if (machine.renew(stamp, token(), 7200000, now)) assert.ok(!dead.has(stamp.token) && stamp.order > before)
    },
    refuse() {
      if (stamps.length) machine.refuse(pick(stamps))
    },
    abort() {
      if (!pending.size) return
      const waiter = pick(Array.from(pending).slice(0, 10))
      machine.leave(waiter)
      pending.delete(waiter)
    },
    logout() {
      bury()
      wake(machine.logout())
      flight = null
      out = true
      for (const stamp of stamps) dead.add(stamp.token)
      assert.strictEqual(machine.token, null)
    },
    clear() {
      bury()
      wake(machine.clear())
      flight = null
    },
    time() {
      now += below(chance(0.1) ? 8000000 : 4000)
    }
  }
  const weights = { want: 40, land: 14, crash: 6, send: 20, renew: 8, refuse: 3, abort: 4, logout: 1, clear: 1, time: 10 }
  const bag = Object.keys(weights).reduce((all, name) => all.concat(Array(weights[name]).fill(name)), [])
  for (let step = 0; step < STEPS; step++) {
    events[pick(bag)]()
    assert.ok(machine.queue.size <= 100)
    assert.strictEqual(machine.flight, flight)
    if (flight === null) assert.strictEqual(pending.size, 0, 'nobody waits without a flight')
    if (dead.size > 1000) dead.clear()
  }
  if (flight !== null) wake(machine.land(flight, token(), 1000, now))
  assert.strictEqual(pending.size, 0)
})

test(`reconnection: ${STEPS} random steps`, () => {
  const { below, pick, chance, random } = seeded('reconnection')
  let machine = new Reconnection()
  let now = 0
  for (let step = 0; step < STEPS; step++) {
    const before = machine.state
    now += below(3000)
    const event = pick([
      () => machine.start(), () => machine.loggedIn(), () => machine.loginFailed('e', chance(0.9), random(), below(9000)),
      () => machine.opened(now), () => machine.refused(), () => machine.checked(pick(['good', 'login', 'unknown']), random()),
      () => machine.closed(pick([1001, 1006, 1008]), 'token expired', now, random()), () => machine.elapsed(),
      () => machine.shown(chance(0.5)), () => machine.network(chance(0.5))
    ])
    const action = event()
    const after = machine.state
    // Each state is left by its own events only, and each step belongs to the state that it leads to.
    const belongs = { login: 'login', connect: 'connecting', check: 'checking', wait: 'waiting', end: 'ended' }
    if (action) assert.strictEqual(after, belongs[action.do])
    else if (before !== after) assert.strictEqual(after, 'open')
    if (action && action.do === 'wait') assert.ok(action.ms >= 0 && action.ms <= 30000)
    if (before === 'waiting' && after === 'login') assert.ok(machine.visible && machine.online)
    if (before === 'ended') machine = new Reconnection()
  }
})
