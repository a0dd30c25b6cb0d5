const test = require('node:test')
const assert = require('node:assert')
const { start } = require('../support/app')

async function loggedIn(options, setup) {
  const t = start(options, setup)
  await t.value(t.session.login())
  return t
}

test('a renewed token is taken from the header', async () => {
  const t = await loggedIn({}, { renewBefore: 7200 })
  await t.value(t.api.get('/api/a'))
  assert.strictEqual(t.session.getToken(), 'token-2')
})

test('renewals out of order: a late older one does not replace a newer one', async () => {
  const t = await loggedIn()
  const renewal = (token, after) => ({ after, header: { 'x-auth-token': token, 'X-Auth-Expires-In': '7200' }, data: {} })
  t.gateway.script('/api/old', renewal('old', 500))
  t.gateway.script('/api/new', renewal('new', 50))
  await t.value(Promise.all([t.api.get('/api/old'), t.api.get('/api/new')]))
  assert.strictEqual(t.session.getToken(), 'new')
})

test('a token in a body is not taken, but from the login endpoints', async () => {
  const t = await loggedIn()
  t.gateway.script('/api/a', { data: { code: 10000, data: { token: 'evil', expiresIn: 9 }, auth: { token: 'evil', expiresIn: 9 } } },
    t.gateway.success({ token: 'evil', expiresIn: 9, userInfo: { userId: 'evil' } }))
  await t.value(t.api.get('/api/a'))
  await t.value(t.api.get('/api/a'))
  assert.deepStrictEqual([t.session.getToken(), t.session.user.userId], ['token-1', 'u_one'])
  await t.value(t.session.updateUser({ nickname: 'Ming' }))
  assert.deepStrictEqual([t.session.getToken(), t.session.user.nickname], ['token-2', 'Ming'])
})

test('a late 401 does not end a newer session', async () => {
  const t = await loggedIn()
  t.gateway.script('/api/slow', Object.assign(t.gateway.expired(), { after: 500 }))
  const slow = t.api.get('/api/slow')
  await t.clock.advance(10)
  await t.value(t.session.login({ force: true }))
  await t.value(slow)
  assert.deepStrictEqual([t.phone.loginCount, t.session.getToken()], [2, 'token-2'])
})

test('in place: the leader logs in with its own request, thirty make one wx.login', async () => {
  const t = start()
  const calls = Array.from({ length: 30 }, (_, number) => t.api.get('/api/' + number, null, { inPlace: true }))
  await t.value(Promise.all(calls))
  assert.deepStrictEqual([t.phone.loginCount, t.gateway.logins, t.gateway.paths('/api').length], [1, 0, 30])
  const { header } = t.gateway.calls[0]
  assert.deepStrictEqual([header['x-wx-code'], header['x-wx-appid'], header.Authorization], ['code-1', 'wx4f4bc4dec97d474b', undefined])
  assert.ok(t.gateway.calls.slice(1).every((call) => call.token === 'token-1' && !call.header['x-wx-code']))
})

test('in place: a failure of the service brings the token all the same', async () => {
  const t = start()
  t.gateway.routes['/api/a'] = () => t.gateway.failure(500, 30000, 'UPSTREAM_STATUS', false, false)
  assert.strictEqual((await t.error(t.api.get('/api/a', null, { inPlace: true }))).code, 30000)
  assert.strictEqual(t.session.getToken(), 'token-1')
})

test('in place on a route that does not take it: one login at the endpoint, then the request', async () => {
  const t = start()
  t.gateway.script('/api/a', t.gateway.failure(401, 20001, 'AUTH_REQUIRED', true, true))
  const other = t.api.get('/api/a', null, { inPlace: true })
  const waiting = t.api.get('/api/b')
  await t.value(Promise.all([other, waiting]))
  assert.deepStrictEqual([t.phone.loginCount, t.gateway.logins], [2, 1])
})

test('in place: a refused code is replaced at the endpoint, throttling holds all', async () => {
  const t = start()
  t.gateway.script('/api/a', t.gateway.failure(400, 20007, 'LOGIN_CODE_USED', true, false))
  await t.value(t.api.get('/api/a', null, { inPlace: true }))
  assert.strictEqual(t.phone.loginCount, 2)
  const other = start()
  other.gateway.script('/api/a', other.gateway.failure(429, 20009, 'LOGIN_THROTTLED', false, false, {}, { 'retry-after': '9' }))
  const waiting = other.api.get('/api/b').catch((error) => error)
  assert.strictEqual((await other.error(other.api.get('/api/a', null, { inPlace: true }))).code !== 0, true)
  await other.value(waiting)
})

test('in place: the leader is aborted or fails, the others get a login of their own', async () => {
  for (const way of ['abort', 'fail']) {
    const t = start()
    if (way === 'fail') t.gateway.script('/api/a', { fail: { errMsg: 'request:fail' } })
    const leader = t.api.post('/api/a', {}, { inPlace: true })
    const other = t.api.get('/api/b')
    await t.clock.advance(8)
    if (way === 'abort') leader.abort()
    assert.ok(['ABORTED', 'NETWORK'].includes((await t.error(leader)).reason))
    await t.value(other)
    assert.strictEqual(t.session.getToken() !== null, true)
  }
})

test('in place, aborted with nobody waiting: no login is left running', async () => {
  const t = start()
  const leader = t.api.get('/api/a', null, { inPlace: true })
  await t.clock.advance(8)
  leader.abort()
  await t.error(leader)
  await t.clock.advance(60000)
  assert.strictEqual(t.gateway.logins, 0)
  await t.value(t.api.get('/api/a'))
})

test('prefetch: each new token goes to WeChat, a logout takes it away', async () => {
  const t = await loggedIn({ prefetch: true }, { renewBefore: 7200 })
  assert.strictEqual(t.phone.prefetchToken, 'token-1')
  await t.value(t.api.get('/api/a'))
  assert.strictEqual(t.phone.prefetchToken, 'token-2')
  t.phone.prefetched = { fetchedData: '{"code":10000,"data":{"n":1},"auth":{"token":"evil","expiresIn":9}}', path: 'p', query: 'q', timeStamp: 5 }
  assert.deepStrictEqual(await t.value(t.api.prefetched()), { data: { n: 1 }, path: 'p', query: 'q', timeStamp: 5 })
  assert.strictEqual(t.session.getToken(), 'token-2')
  await t.value(t.session.logout())
  assert.strictEqual(t.phone.prefetchToken, '')
})

test('webViewUrl carries a ticket in the fragment', async () => {
  const t = await loggedIn()
  assert.strictEqual(await t.value(t.session.webViewUrl('https://h5.example.com/a?b=1')), 'https://h5.example.com/a?b=1#menshen_ticket=ticket-2')
  assert.strictEqual(await t.value(t.session.webViewUrl('https://h5.example.com/#/r')), 'https://h5.example.com/#/r&menshen_ticket=ticket-3')
})

test('in place, refused with 20011 and without a token: authorize logs in at the endpoint, and does not wait for itself', async () => {
  const t = start({ present: () => t.session.updatePhone({ code: 'p' }) })
  t.gateway.script('/api/a', t.gateway.failure(403, 20011, 'AUTH_STEP_REQUIRED', false, false, { data: { required: ['phone'], missing: ['phone'], authStep: 1 } }))
  await t.value(t.api.get('/api/a', null, { inPlace: true, authorize: true }))
  assert.deepStrictEqual([t.gateway.logins, t.session.hasPhone()], [1, true])
})
