const test = require('node:test')
const assert = require('node:assert')
const { start } = require('../support/app')

test('a first request logs in; many share one wx.login', async () => {
  const t = start()
  const calls = Array.from({ length: 30 }, (_, number) => t.api.get('/api/orders/' + number))
  await t.value(Promise.all(calls))
  assert.deepStrictEqual([t.phone.loginCount, t.gateway.logins], [1, 1])
  assert.strictEqual(t.gateway.paths('/api').length, 30)
  assert.deepStrictEqual([...t.phone.unknown], [])
})

test('thirty requests at expiry make one wx.login, each is replayed once, the fuse counts one', async () => {
  const t = start()
  await t.value(t.session.login())
  t.gateway.expire()
  const calls = Array.from({ length: 30 }, (_, number) => t.api.get('/api/orders/' + number))
  const values = await t.value(Promise.all(calls))
  assert.strictEqual(values.length, 30)
  assert.strictEqual(t.phone.loginCount, 2)
  assert.strictEqual(t.phone.mostLogins, 1)
  assert.strictEqual(t.gateway.paths('/api').length, 60)
  assert.strictEqual(t.events.filter(({ type }) => type === 'refresh').length, 1)
  assert.strictEqual(t.events.filter(({ type }) => type === 'replay').length, 30)
})

test('no login while the token is valid; force logs in', async () => {
  const t = start()
  await t.value(t.session.login())
  await t.value(t.session.login())
  await t.value(t.session.ensureLogin())
  assert.strictEqual(t.phone.loginCount, 1)
  await t.value(t.session.login({ force: true }))
  await t.value(t.session.refreshLogin())
  assert.strictEqual(t.phone.loginCount, 3)
  assert.strictEqual(t.session.getToken(), 'token-3')
})

test('a token that has outlived expiresIn is replaced before the request', async () => {
  const t = start({}, { lifetime: 60 })
  await t.value(t.session.login())
  await t.clock.advance(61000)
  assert.strictEqual(t.session.getToken(), null)
  await t.value(t.api.get('/api/orders'))
  assert.deepStrictEqual(t.gateway.paths(), ['/auth/login', '/auth/login', '/api/orders'])
})

test('a login sends the app id, and nothing of it to the app\'s events', async () => {
  const t = start()
  await t.value(t.session.login())
  const { data } = t.gateway.calls[0]
  assert.deepStrictEqual(data, { appId: 'wx4f4bc4dec97d474b', code: 'code-1' })
  assert.ok(!/code-1|token-/.test(JSON.stringify(t.events)))
})

test('wx.login that never answers, fails, or answers twice', async () => {
  const t = start()
  t.phone.logins = [{ never: true }, { fail: { errMsg: 'login:fail' } }, { twice: true }]
  const never = await t.error(t.api.get('/api/orders'))
  assert.deepStrictEqual([never.reason, never.code, never.cause.errMsg], ['WX_LOGIN_FAILED', 0, 'timeout'])
  assert.strictEqual((await t.error(t.session.ensureLogin())).reason, 'WX_LOGIN_FAILED')
  await t.value(t.session.ensureLogin())
  assert.deepStrictEqual([t.phone.loginCount, t.gateway.logins], [3, 1])
})

test('a late answer of wx.login is not used', async () => {
  const t = start()
  t.phone.logins = [{ after: 9000 }]
  assert.strictEqual((await t.error(t.session.ensureLogin())).reason, 'WX_LOGIN_FAILED')
  await t.clock.advance(10000)
  assert.strictEqual(t.gateway.logins, 0)
})

test('waiters get the error of the login that they waited for', async () => {
  const t = start()
  t.gateway.script('/auth/login', t.gateway.failure(500, 25001, 'MISCONFIGURED', false, false))
  const results = await t.value(Promise.all([1, 2, 3].map((id) => t.api.get('/api/' + id).catch((error) => error))))
  for (const error of results) assert.deepStrictEqual([error.code, error.reason, error.requestId], [25001, 'MISCONFIGURED', 'r0'])
})

test('a lost answer: the same code once more, then a fresh one', async () => {
  const t = start()
  const lost = { fail: { errMsg: 'request:fail' } }
  t.gateway.script('/auth/login', lost, lost)
  await t.value(t.session.login())
  assert.deepStrictEqual(t.gateway.calls.map(({ data }) => data.code), ['code-1', 'code-1', 'code-2'])
  assert.strictEqual(t.phone.loginCount, 2)
})

test('a lost answer after eight seconds: a fresh code at once', async () => {
  const t = start()
  t.gateway.script('/auth/login', { never: true }, { never: true })
  const login = t.session.login()
  await t.clock.advance(7100)
  assert.strictEqual(t.gateway.logins, 2)
  await t.value(login)
  assert.deepStrictEqual(t.gateway.calls.map(({ data }) => data.code), ['code-1', 'code-1', 'code-2'])
})

test('the answers stay away for good: it rejects after three requests', async () => {
  const t = start()
  t.gateway.script('/auth/login', { never: true }, { never: true }, { never: true }, { never: true })
  assert.strictEqual((await t.error(t.session.login())).reason, 'TIMEOUT')
  assert.strictEqual(t.gateway.logins, 3)
})

for (const code of [20006, 20007]) {
  test(`${code} takes one fresh code, not two`, async () => {
    const t = start()
    const refused = t.gateway.failure(400, code, 'LOGIN_CODE', true, false)
    t.gateway.script('/auth/login', refused)
    await t.value(t.session.login())
    assert.strictEqual(t.phone.loginCount, 2)
    t.gateway.script('/auth/login', refused, refused)
    assert.strictEqual((await t.error(t.session.login({ force: true }))).code, code)
    assert.strictEqual(t.phone.loginCount, 4)
  })
}

test('the mock code of the developer tools takes none, and nothing logs in before login()', async () => {
  const t = start()
  t.gateway.script('/auth/login', t.gateway.failure(400, 20006, 'LOGIN_CODE_INVALID', false, false))
  assert.strictEqual((await t.error(t.api.get('/api/a'))).code, 20006)
  assert.strictEqual((await t.error(t.api.get('/api/b'))).code, 20006)
  assert.strictEqual(t.phone.loginCount, 1)
  await t.value(t.session.login())
  assert.strictEqual(t.phone.loginCount, 2)
})

test('20009 at a login: none before retry-after', async () => {
  const t = start()
  t.gateway.script('/auth/login', t.gateway.failure(429, 20009, 'LOGIN_THROTTLED', false, false, {}, { 'retry-after': '30' }))
  assert.strictEqual((await t.error(t.api.get('/api/a'))).retryAfter, 30)
  await t.clock.advance(10000)
  const held = await t.error(t.session.login())
  assert.deepStrictEqual([held.code, held.reason, held.retryAfter], [20009, 'LOGIN_THROTTLED', 20])
  assert.strictEqual(t.phone.loginCount, 1)
  await t.clock.advance(20000)
  await t.value(t.api.get('/api/a'))
})

test('the fuse opens after three failures, and closes after 5 s, also after a sleep in the background', async () => {
  const t = start()
  t.phone.logins = [1, 2, 3].map(() => ({ fail: {} }))
  for (let count = 0; count < 3; count++) await t.error(t.api.get('/api/a'))
  const blown = await t.error(t.api.get('/api/a'))
  assert.deepStrictEqual([blown.reason, blown.message], ['FUSE_OPEN', '刷新登录-保险丝熔断!!'])
  const open = await t.error(t.api.get('/api/a'))
  assert.deepStrictEqual([open.message, open.retryAfter], ['刷新登录-保险丝已熔断，请稍后', 5])
  assert.strictEqual(t.phone.loginCount, 3)
  t.phone.hide()
  await t.clock.advance(60000)
  t.phone.show()
  await t.value(t.api.get('/api/a'))
})

test('refreshLoginFuse, its restore time and the length of the queue can be used and set', async () => {
  const t = start()
  t.session.refreshLoginFuseRestoreTime = 1000
  t.session.refreshLoginQueueMaxLength = 1
  for (let count = 0; count < 3; count++) await t.value(t.session.refreshLoginFuse())
  assert.strictEqual((await t.error(t.session.refreshLoginFuse())).reason, 'FUSE_OPEN')
  await t.clock.advance(1000)
  const results = [1, 2, 3].map(() => t.session.ensureLogin().catch((error) => error))
  const [, , full] = await t.value(Promise.all(results))
  assert.deepStrictEqual([full.reason, full.message], ['QUEUE_FULL', 'refreshLoginQueue 超出容量：1'])
})

test('the 101st waiter is refused, the others get through', async () => {
  const t = start()
  const results = await t.value(Promise.all(Array.from({ length: 103 }, () => t.api.get('/api/a').then(() => 'ok', (error) => error.reason))))
  assert.strictEqual(results.filter((result) => result === 'ok').length, 101)
  assert.deepStrictEqual(results.slice(101), ['QUEUE_FULL', 'QUEUE_FULL'])
})

test('the app in the background during a login: it goes on with the return', async () => {
  const t = start()
  t.gateway.script('/auth/login', { never: true })
  const login = t.session.login()
  await t.clock.advance(100)
  t.phone.hide()
  await t.clock.advance(600000)
  assert.strictEqual(t.session.getToken(), null)
  t.phone.show()
  await t.value(login)
  // Ten minutes later only a fresh code is safe.
  assert.deepStrictEqual(t.gateway.calls.map(({ data }) => data.code), ['code-1', 'code-2'])
})

test('a new token that is refused at once does not loop, and opens the fuse', async () => {
  const t = start()
  t.gateway.refusal = () => t.gateway.expired()
  const errors = []
  for (let count = 0; count < 6; count++) errors.push((await t.error(t.api.get('/api/a'))).reason)
  assert.deepStrictEqual(errors, ['AUTH_EXPIRED', 'AUTH_EXPIRED', 'AUTH_EXPIRED', 'FUSE_OPEN', 'FUSE_OPEN', 'FUSE_OPEN'])
  assert.ok(t.phone.loginCount <= 4)
})

test('loading "designs" shows the mask and the toasts at a refresh, silent shows nothing', async () => {
  for (const loading of ['designs', 'silent']) {
    const t = start({ loading })
    await t.value(t.session.login())
    assert.deepStrictEqual(t.phone.shown, [])
    t.gateway.expire()
    await t.value(t.api.get('/api/a'))
    t.phone.logins = [{ fail: {} }]
    await t.error(t.session.refreshLogin())
    assert.deepStrictEqual(t.phone.shown, loading === 'silent' ? [] :
      ['loading 刷新登录态中 (mask)', 'toast 登录成功', 'loading 刷新登录态中 (mask)', 'toast 登录失败'])
    assert.strictEqual(t.phone.loading, false)
  }
})

test('ensureSessionKey logs in again only where the key is gone', async () => {
  const t = start()
  await t.value(t.session.ensureSessionKey())
  assert.strictEqual(t.phone.loginCount, 1)
  await t.value(t.session.ensureSessionKey())
  assert.strictEqual(t.phone.loginCount, 1)
  t.phone.sessionKeyGood = false
  await t.value(t.session.ensureSessionKey())
  assert.strictEqual(t.phone.loginCount, 2)
})

test('the status tells of the login: app.status.login.must', async () => {
  const t = start()
  const seen = []
  const ready = t.api.status.login.must(() => seen.push('ready'))
  t.session.ensureLogin()
  assert.ok(t.api.status.login.isIng())
  await t.value(ready)
  assert.deepStrictEqual([seen, t.api.status.login.isSuccess()], [['ready'], true])
})

test('scene 1154: what needs a login rejects at once, the rest goes without a token', async () => {
  const t = start({}, { scene: 1154 })
  for (const call of [() => t.api.get('/api/a'), () => t.session.login(), () => t.session.mustAuth()]) {
    assert.strictEqual((await t.error(call())).reason, 'SINGLE_PAGE')
  }
  await t.value(t.api.get('/open/a', null, { needLogin: false }))
  assert.strictEqual(t.phone.loginCount, 0)
})

test('a listener that throws is heard of, and keeps nobody waiting', async () => {
  const t = start()
  t.session.onChange(() => { throw new Error('of the app') })
  const waiting = [1, 2].map((id) => t.api.get('/api/' + id))
  await assert.rejects(t.clock.advance(30), /of the app/)
  await t.value(Promise.all(waiting))
})

test('without an app id, as in the developer tools, none is sent', async () => {
  const t = start({}, { appId: 'touristappid' })
  await t.value(t.session.login())
  assert.deepStrictEqual(t.gateway.calls[0].data, { code: 'code-1' })
})
