const test = require('node:test')
const assert = require('node:assert')
const { start } = require('../support/app')

/** Aborts after so many milliseconds of the call. */
const stages = [
  { name: 'at once', after: 0, sent: 0 },
  { name: 'while wx.login runs', after: 3, sent: 0 },
  { name: 'while the login is at the gateway', after: 10, sent: 0 },
  { name: 'while the request is out', after: 20, sent: 1 },
  { name: 'while the replay waits for its login', after: 28, sent: 1, expired: true },
  { name: 'while the replay is out', after: 46, sent: 2, expired: true }
]
for (const { name, after, sent, expired } of stages) {
  test(`abort ${name}: rejected at once, nothing more is sent`, async () => {
    const t = start()
    if (expired) t.gateway.script('/api/a', t.gateway.expired())
    const call = t.api.get('/api/a')
    let rejected = null
    call.catch((error) => { rejected = error })
    await t.clock.advance(after)
    assert.strictEqual(rejected, null)
    call.abort()
    call.abort()
    await t.clock.advance(0)
    assert.deepStrictEqual([rejected.reason, rejected.isCancel], ['ABORTED', true])
    await t.clock.advance(60000)
    assert.strictEqual(t.gateway.paths('/api').length, sent)
  })
}

test('abort of the leader leaves the login to those who wait', async () => {
  const t = start()
  const [leader, other] = [t.api.get('/api/a'), t.api.get('/api/b')]
  await t.clock.advance(2)
  leader.abort()
  assert.strictEqual((await t.error(leader)).reason, 'ABORTED')
  await t.value(other)
  assert.strictEqual(t.phone.loginCount, 1)
})

test('abort of one that waits leaves the others and makes room', async () => {
  const t = start()
  t.session.refreshLoginQueueMaxLength = 1
  const [leader, queued] = [t.api.get('/api/a'), t.api.get('/api/b')]
  await t.clock.advance(1)
  queued.abort()
  const last = t.api.get('/api/c')
  assert.strictEqual((await t.error(queued)).reason, 'ABORTED')
  await t.value(Promise.all([leader, last]))
  assert.deepStrictEqual(t.gateway.paths('/api').sort(), ['/api/a', '/api/c'])
})

test('abort inside an interceptor, and while one runs', async () => {
  const t = start()
  const remove = t.api.interceptors.request.use(async () => {
    await null
    call.abort()
  })
  let call = t.api.get('/api/a')
  assert.strictEqual((await t.error(call)).reason, 'ABORTED')
  remove()
  t.api.interceptors.request.use(() => new Promise(() => {}))
  call = t.api.get('/api/b')
  await t.clock.advance(100)
  call.abort()
  assert.strictEqual((await t.error(call)).reason, 'ABORTED')
  assert.deepStrictEqual(t.gateway.paths('/api'), [])
})

test('abort during the pause before a resend', async () => {
  const t = start()
  t.gateway.script('/api/a', t.gateway.failure(503, 25003, 'UNAVAILABLE', false, true, {}, { 'retry-after': '3' }))
  const call = t.api.get('/api/a')
  await t.clock.advance(1000)
  call.abort()
  assert.strictEqual((await t.error(call)).reason, 'ABORTED')
  await t.clock.advance(10000)
  assert.strictEqual(t.gateway.paths('/api').length, 1)
})

test('abort reaches wx: uploads and downloads stop', async () => {
  const t = start()
  await t.value(t.session.login())
  for (const call of [() => t.api.upload('/api/u', { filePath: 'f', name: 'n' }), () => t.api.download('/api/d')]) {
    const running = call()
    await t.clock.advance(5)
    assert.strictEqual(t.phone.network.running.size, 1)
    running.abort()
    assert.strictEqual((await t.error(running)).reason, 'ABORTED')
    assert.strictEqual(t.phone.network.running.size, 0)
  }
})

test('a leader in place that is aborted before it hears that it leads leaves no login hanging', async () => {
  const t = start()
  const leader = t.api.get('/api/a', null, { inPlace: true })
  const waiting = t.api.get('/api/b')
  leader.abort()
  assert.strictEqual((await t.error(leader)).reason, 'ABORTED')
  await t.value(waiting)
})

test('a leader in place that asks the user and is aborted meanwhile leaves one login, not two', async () => {
  const t = start({ present: () => new Promise(() => {}) })
  t.gateway.script('/api/a', t.gateway.failure(403, 20011, 'AUTH_STEP_REQUIRED', false, false, { data: { required: ['phone'], missing: ['phone'], authStep: 1 } }))
  const leader = t.api.get('/api/a', null, { inPlace: true, authorize: true })
  const waiting = t.api.get('/api/b')
  await t.clock.advance(22)
  leader.abort()
  assert.strictEqual((await t.error(leader)).reason, 'ABORTED')
  await t.value(waiting)
  assert.strictEqual(t.gateway.logins, 1)
})
