'use strict'
// Run by itself: the test runner's hooks on each promise would take most of the time.
const assert = require('node:assert')
const { app } = require('../support/pages')
const { Gateway } = require('../support/gateway')
const { Clock } = require('../../runtime/clock')
const { seeded } = require('../support/random')

const STEPS = Number(process.env.STEPS || 1000000)
const WORLD = 5000

/** What a test does to a world: everything that can happen, in any order. */
function events(t, { below, pick, chance }, track) {
  const { api, session, gateway, phone, hands } = t
  const path = () => pick(['/api/a', '/api/b', '/api/c'])
  const running = []
  const start = (promise) => {
    running.push(promise)
    if (running.length > 20) running.shift()
    track(promise)
    return promise
  }
  const inPlace = () => ({ inPlace: chance(0.2), timeout: 1000 + below(5000) })
  const faults = [
    () => ({ never: true }), () => ({ twice: true, data: {} }), () => ({ fail: { errMsg: 'request:fail' } }),
    () => ({ status: 400, data: { code: 20003, relogin: true, replay: true } }), () => ({ after: below(20000), data: {} }),
    () => gateway.expired(), () => gateway.failure(503, 25003, 'UNAVAILABLE', false, true, {}, { 'retry-after': '1' }),
    () => gateway.failure(403, 20011, 'AUTH_STEP_REQUIRED', false, false, { data: { required: ['phone'], missing: ['phone'], authStep: 1 } }),
    () => gateway.failure(403, 30000, 'UPSTREAM_STATUS', false, false, { data: { data: '', status: 401 } })
  ]
  const loginFaults = [
    () => ({ never: true }), () => ({ fail: { errMsg: 'request:fail' } }), () => ({ after: below(9000), data: '' }),
    () => gateway.failure(400, 20007, 'LOGIN_CODE_USED', true, false), () => gateway.failure(400, 20006, 'LOGIN_CODE_INVALID', true, false),
    () => gateway.failure(429, 20009, 'LOGIN_THROTTLED', false, false, {}, { 'retry-after': '3' }),
    () => gateway.failure(503, 30000, 'WECHAT_UNAVAILABLE', false, false), () => gateway.failure(403, 20008, 'USER_BLOCKED', false, false)
  ]
  const sockets = []
  return {
    get: [30, () => start(api.get(path(), null, Object.assign(inPlace(), { share: chance(0.3) })))],
    post: [12, () => start(api.post(path(), { n: 1 }, Object.assign(inPlace(), { authorize: chance(0.2) })))],
    open: [3, () => start(api.get('/open/a', null, { needLogin: pick([false, 'optional']), timeout: 2000 }))],
    upload: [4, () => start(api.upload(path(), { filePath: 'f', name: 'n', timeout: 3000 }))],
    download: [2, () => start(api.download(path(), { timeout: 3000 }))],
    stream: [3, () => start(api.stream(path(), { onChunk() {}, timeout: 3000 }))],
    abort: [8, () => running.length && pick(running).abort()],
    login: [8, () => start(session.login({ force: chance(0.3) }))],
    ensure: [4, () => start(session.ensureLogin())],
    key: [1, () => { phone.sessionKeyGood = chance(0.5); track(session.ensureSessionKey()) }],
    logout: [1, () => track(session.logout())],
    clear: [1, () => session.clearSession()],
    expire: [3, () => gateway.expire()],
    renewal: [1, () => { gateway.renewBefore = chance(0.5) ? 7200 : 0 }],
    fault: [8, () => gateway.script(path(), pick(faults)())],
    loginFault: [2, () => gateway.script('/auth/login', pick(loginFaults)())],
    wxLogin: [1, () => phone.logins.push(pick([{ never: true }, { fail: {} }, { twice: true }, { after: below(12000) }]))],
    background: [2, () => chance(0.3) ? phone.hide() : phone.show()],
    network: [2, () => phone.online(chance(0.7))],
    storage: [1, () => { phone.storageFull = chance(0.3) }],
    clock: [1, () => { t.clock.error = pick([0, 0, 86400000, -86400000]) }],
    mustAuth: [5, () => start(session.mustAuth({ require: [pick(['profile', 'phone'])], mode: pick(['button', 'page']) }))],
    user: [1, () => { for (const user of gateway.users.values()) Object.assign(user, { nickname: null, phone: null }) }],
    hand: [14, () => {
      if (!t.world.views.top.attached) return
      const [button] = [hands.all('.leave'), hands.all('.submit'), hands.all('.phone')].filter((found) => found.length && chance(0.5))
      if (hands.has('input')) hands.type('input', pick(['Ming', '']))
      hands.answers.getPhoneNumber = [pick([{ code: 'p' }, { errMsg: 'fail user deny' }])]
      if (button) hands.press(button[0])
    }],
    back: [1, () => phone.wx.navigateBack({})],
    connect: [1, () => {
      const call = start(api.connect('/live', { buffer: 2 }))
      call.then((socket) => sockets.push(socket), () => {})
      if (sockets.length > 3) sockets.shift().close()
    }],
    send: [2, () => sockets.length && track(pick(sockets).send('x'))],
    close: [1, () => sockets.length && pick(sockets).close()],
    cut: [2, () => {
      const alive = phone.network.sockets.filter((socket) => !socket.over)
      if (alive.length) pick(alive).end(pick([1001, 1006, 1008, 1000]), pick(['token expired', 'token revoked', '']))
      phone.network.sockets = alive.slice(-20)
    }],
    time: [30, () => t.clock.advance(chance(0.05) ? below(60000) : below(60))],
    end: [0, () => sockets.forEach((socket) => socket.close())]
  }
}

/** One world: every promise in it is settled in the end. */
async function world(dice, steps) {
  const { below, chance, random, pick } = dice
  const clock = new Clock()
  const gateway = new Gateway(clock)
  const t = await app({ share: chance(0.2), language: pick(['zh-CN', 'en']) }, { clock, gateway, random, silent: true })
  const { phone, session } = t
  phone.network.onSocket = (socket) => chance(0.8) ? socket.accept() : socket.refuse()
  const open = new Set()
  const reasons = {}
  const track = (promise) => {
    open.add(promise)
    promise.then(() => open.delete(promise), (error) => {
      open.delete(promise)
      if (!(error instanceof t.menshen.MenshenError)) throw error
      reasons[error.reason] = (reasons[error.reason] || 0) + 1
    })
  }
  // A token is dead from the moment of the local logout on: what is handed to wx afterwards must not carry it.
  const dead = new Set()
  const begin = phone.network.start.bind(phone.network)
  phone.network.start = (kind, options) => {
    const token = (options.header.Authorization || '').slice(7)
    assert.ok(!dead.has(token) || options.url.endsWith('/auth/logout'), 'a token of a session that was logged out')
    return begin(kind, options)
  }
  const logout = session.logout.bind(session)
  session.logout = () => {
    for (const token of gateway.tokens.keys()) dead.add(token)
    return logout()
  }
  const all = events(t, dice, track)
  const bag = Object.keys(all).reduce((names, name) => names.concat(Array(all[name][0]).fill(name)), [])
  for (let step = 0; step < steps; step++) {
    const name = pick(bag)
    const passing = all[name][1]()
    if (name === 'time') await passing
    if (chance(0.3)) await clock.advance(below(8))
    assert.ok(phone.mostLogins <= 1, 'two logins at once')
    if (gateway.calls.length > 500) gateway.calls.splice(0)
    if (phone.shown.length > 100) phone.shown.splice(0)
  }
  phone.show()
  phone.online(true)
  gateway.next = {}
  phone.logins = []
  for (let round = 0; round < 40 && open.size; round++) {
    await clock.advance(30000)
    all.end[1]()
    const leave = t.world.views.top.attached ? t.hands.all('.leave') : []
    if (leave.length) t.hands.press(leave[0])
  }
  assert.strictEqual(open.size, 0, 'a promise is not settled')
  assert.strictEqual(session.machine.queue.size, 0)
  assert.deepStrictEqual([...phone.unknown], [])
  return reasons
}

/** What has to have happened at least once in a long run. */
const EXPECTED = ['ABORTED', 'LOGGED_OUT', 'FUSE_OPEN', 'TIMEOUT', 'NETWORK', 'AUTH_CANCELLED', 'AUTH_REFUSED', 'WX_LOGIN_FAILED',
  'QUEUE_FULL', 'SOCKET_CLOSED', 'LOGIN_THROTTLED', 'USER_BLOCKED']

async function main() {
  Error.stackTraceLimit = 2
  const dice = seeded('package')
  const seen = {}
  for (let done = 0; done < STEPS; done += WORLD) {
    const reasons = await world(dice, Math.min(WORLD, STEPS - done))
    for (const reason of Object.keys(reasons)) seen[reason] = (seen[reason] || 0) + reasons[reason]
  }
  console.log(`${STEPS} steps; rejections: ${JSON.stringify(seen)}`)
  for (const reason of STEPS >= 200000 ? EXPECTED : []) assert.ok(seen[reason] > 0, `${reason} never happened`)
}

// A promise that nobody settles would let the process end early and quietly.
process.exitCode = 1
main().then(() => { process.exitCode = 0 })
