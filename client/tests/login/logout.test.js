const test = require('node:test')
const assert = require('node:assert')
const { start } = require('../support/app')

async function loggedIn(options, setup) {
  const t = start(options, setup)
  await t.value(t.session.login())
  return t
}

/** The next start of the same mini program on the same phone. */
const restart = (t, options) => start(options, { storage: t.phone.storage, gateway: t.gateway, clock: t.clock })

test('logout ends the session here and at the gateway, and nothing logs in until login()', async () => {
  const t = await loggedIn()
  const users = []
  t.session.onChange((user) => users.push(user))
  await t.value(t.session.logout())
  assert.deepStrictEqual([t.session.getToken(), t.session.user, users], [null, null, [null]])
  assert.strictEqual((await t.error(t.api.get('/api/a'))).reason, 'LOGGED_OUT')
  assert.strictEqual((await t.error(t.session.ensureLogin())).reason, 'LOGGED_OUT')
  assert.strictEqual(t.phone.loginCount, 1)
  await t.value(t.session.login())
  await t.value(t.api.get('/api/a'))
  assert.deepStrictEqual(t.gateway.deadTokens, [])
})

test('a cold start after a logout makes no wx.login', async () => {
  const t = await loggedIn()
  await t.value(t.session.logout())
  const next = restart(t)
  assert.strictEqual((await next.error(next.session.ensureLogin())).reason, 'LOGGED_OUT')
  assert.strictEqual(next.phone.loginCount, 0)
  await next.value(next.session.login())
})

test('a logout offline counts here at once; the gateway hears of it at the next start', async () => {
  const t = await loggedIn()
  t.phone.network.online = false
  await t.value(t.session.logout())
  assert.deepStrictEqual(t.gateway.paths('/auth/logout'), [])
  const next = restart(t)
  await next.clock.advance(1000)
  assert.deepStrictEqual(next.gateway.paths('/auth/logout'), ['/auth/logout'])
  const third = restart(next)
  await third.clock.advance(1000)
  assert.deepStrictEqual(third.gateway.paths('/auth/logout'), ['/auth/logout'])
})

test('logout during a refresh: who waits is told, the late token is dropped', async () => {
  const t = await loggedIn()
  t.gateway.expire()
  const calls = [1, 2].map((id) => t.api.get('/api/' + id))
  const errors = calls.map((call) => call.catch((error) => error.reason))
  await t.clock.advance(18)
  assert.strictEqual(t.phone.loginCount, 2)
  await t.value(t.session.logout())
  assert.deepStrictEqual(await t.value(Promise.all(errors)), ['LOGGED_OUT', 'LOGGED_OUT'])
  await t.clock.advance(60000)
  assert.strictEqual(t.session.getToken(), null)
})

test('logout before a late x-auth-token: the token is dropped', async () => {
  const t = await loggedIn()
  t.gateway.script('/api/a', { after: 500, header: { 'x-auth-token': 'late', 'x-auth-expires-in': '7200' }, data: {} })
  const call = t.api.get('/api/a')
  await t.clock.advance(100)
  t.session.logout()
  await t.value(call)
  assert.strictEqual(t.session.getToken(), null)
  await t.value(t.session.login())
  assert.strictEqual(t.session.getToken(), 'token-2')
})

test('a session that the user ended elsewhere is logged out here', async () => {
  const t = await loggedIn()
  for (const { session } of t.gateway.tokens.values()) session.ended = 'logout'
  assert.strictEqual((await t.error(t.api.get('/api/a'))).code, 20005)
  assert.strictEqual((await t.error(t.api.get('/api/a'))).reason, 'LOGGED_OUT')
  assert.strictEqual(t.phone.loginCount, 1)
})

test('a session that an operator ended logs in again', async () => {
  const t = await loggedIn()
  for (const { session } of t.gateway.tokens.values()) session.ended = 'operator'
  await t.value(t.api.get('/api/a'))
  assert.strictEqual(t.phone.loginCount, 2)
})

test('a blocked user does not log in before login()', async () => {
  const t = await loggedIn()
  t.gateway.script('/api/a', t.gateway.failure(403, 20008, 'USER_BLOCKED', false, false))
  assert.strictEqual((await t.error(t.api.get('/api/a'))).userMessage, '账号已被限制使用')
  t.session.clearSession()
  assert.strictEqual((await t.error(t.session.ensureLogin())).code, 20008)
  await t.value(t.session.login())
})

test('clearSession forgets, and the next request logs in', async () => {
  const t = await loggedIn()
  t.session.clearSession()
  assert.strictEqual(t.session.getToken(), null)
  await t.value(t.api.get('/api/a'))
  assert.strictEqual(t.phone.loginCount, 2)
})

test('deleteUser erases the user and is logged out', async () => {
  const t = await loggedIn()
  await t.value(t.session.deleteUser())
  assert.strictEqual((await t.error(t.api.get('/api/a'))).reason, 'LOGGED_OUT')
})

test('a logout between a login and the request that waited for it: nothing is sent without a token', async () => {
  const t = start()
  t.session.ensureLogin().then(() => t.session.logout())
  assert.strictEqual((await t.error(t.api.get('/api/a'))).reason, 'LOGGED_OUT')
  assert.deepStrictEqual(t.gateway.paths('/api'), [])
})
