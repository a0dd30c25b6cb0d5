const test = require('node:test')
const assert = require('node:assert')
const { start, BASE } = require('../support/app')

const auth = (call) => call.header.Authorization

test('get, post, put, del and delete: method, address, body, token', async () => {
  const t = start()
  await t.value(t.api.get('/api/a', { q: '门 &', none: undefined }))
  await t.value(t.api.post('/api/a', { n: 1 }))
  await t.value(t.api.put('api/a', { n: 2 }))
  await t.value(t.api.del('/api/a'))
  await t.value(t.api.delete('/api/a'))
  await t.value(t.api.patch('/api/a', { n: 3 }))
  const calls = t.gateway.calls.slice(1)
  assert.deepStrictEqual(calls.map(({ method }) => method), ['GET', 'POST', 'PUT', 'DELETE', 'DELETE', 'POST'])
  assert.strictEqual(calls[0].url, BASE + '/api/a?q=%E9%97%A8%20%26')
  assert.deepStrictEqual(calls[1].data, { n: 1 })
  assert.strictEqual(calls[5].header['x-http-method-override'], 'PATCH')
  assert.ok(calls.every((call) => auth(call) === 'Bearer token-1'))
})

test('a wrapped body gives its data, another the body, raw gives status and header too', async () => {
  const t = start()
  t.gateway.script('/api/a', t.gateway.success({ id: 1 }), { status: 201, header: { 'X-Total': 5 }, data: { id: 2 } },
    { status: 200, data: { code: 10000, data: 'of the service' } })
  assert.deepStrictEqual(await t.value(t.api.get('/api/a')), { id: 1 })
  const raw = await t.value(t.api.get('/api/a', null, { raw: true }))
  assert.deepStrictEqual(raw, { status: 201, header: { 'x-total': '5' }, data: { id: 2 } })
  assert.deepStrictEqual(await t.value(t.api.get('/api/a')), { code: 10000, data: 'of the service' })
})

test('a failure of a service has its code, reason, status, body, requestId and retryAfter', async () => {
  const t = start()
  t.gateway.script('/api/a', t.gateway.failure(409, 30000, 'UPSTREAM_STATUS', false, false,
    { data: { data: { sold: 'out' }, status: 409 } }, { 'Retry-After': '7' }))
  const error = await t.error(t.api.get('/api/a'))
  assert.ok(error instanceof t.menshen.MenshenError)
  assert.deepStrictEqual([error.code, error.reason, error.status, error.data.data, error.retryAfter, error.isCancel],
    [30000, 'UPSTREAM_STATUS', 409, { sold: 'out' }, 7, false])
  assert.ok(error.requestId && error.userMessage)
})

const lookAlike = { code: 20003, msg: 'x', reason: 'AUTH_EXPIRED', relogin: true, replay: true }
for (const status of [200, 400, 401]) {
  test(`a service's look-alike of the envelope at ${status} causes no login and no replay`, async () => {
    const t = start()
    t.gateway.script('/api/a', { status, data: lookAlike })
    const { value, error } = await t.outcome(t.api.get('/api/a'))
    if (status === 200) assert.deepStrictEqual(value, lookAlike)
    else assert.deepStrictEqual([error.code, error.reason, error.status, error.data], [0, 'HTTP_STATUS', status, lookAlike])
    assert.strictEqual(t.phone.loginCount, 1)
    assert.strictEqual(t.gateway.paths('/api').length, 1)
  })
}

test('403 with data.status 401 does not log in', async () => {
  const t = start()
  t.gateway.script('/api/a', t.gateway.failure(403, 30000, 'UPSTREAM_STATUS', false, false, { data: { data: '', status: 401 } }))
  assert.strictEqual((await t.error(t.api.get('/api/a'))).data.status, 401)
  assert.strictEqual(t.phone.loginCount, 1)
})

test('a code is read at status 200 too, as on routes with always200', async () => {
  const t = start()
  await t.value(t.session.login())
  t.gateway.script('/api/a', Object.assign(t.gateway.expired(), { status: 200 }))
  await t.value(t.api.get('/api/a'))
  assert.strictEqual(t.phone.loginCount, 2)
})

test('a replay happens once', async () => {
  const t = start()
  await t.value(t.session.login())
  t.gateway.script('/api/a', t.gateway.expired(), t.gateway.expired())
  assert.strictEqual((await t.error(t.api.post('/api/a', { n: 1 }))).code, 20003)
  const posts = t.gateway.calls.filter(({ path }) => path === '/api/a')
  assert.deepStrictEqual(posts.map(({ data }) => data), [{ n: 1 }, { n: 1 }])
  assert.notStrictEqual(auth(posts[0]), auth(posts[1]))
})

test('20010 logs in again, shows a toast and does not replay', async () => {
  const t = start()
  const error = await t.error(t.session.updateUser({ detail: { encryptedData: 'x', iv: 'y' } }))
  assert.strictEqual(error.reason, 'DECRYPT_WX_OPEN_DATA_FAIL')
  assert.deepStrictEqual([t.phone.loginCount, t.gateway.paths('/auth/user').length, t.phone.shown],
    [2, 1, ['toast 网络出小差了，请稍后重试']])
})

test('a phone code that is refused does not log in', async () => {
  const t = start()
  t.gateway.script('/auth/phone', t.gateway.failure(400, 20006, 'LOGIN_CODE_INVALID', true, false))
  assert.strictEqual((await t.error(t.session.updatePhone({ code: 'p' }))).code, 20006)
  assert.strictEqual(t.phone.loginCount, 1)
})

for (const { code, wait, sent } of [{ code: 25003, wait: 2, sent: 2 }, { code: 24408, wait: 0, sent: 2 }, { code: 25003, wait: 4, sent: 1 }]) {
  test(`${code} with retry-after ${wait}: sent ${sent} times`, async () => {
    const t = start()
    await t.value(t.session.login())
    const failure = t.gateway.failure(503, code, 'UNAVAILABLE', false, true, {}, wait ? { 'retry-after': String(wait) } : {})
    t.gateway.script('/api/a', failure)
    const before = t.clock.time
    const { error } = await t.outcome(t.api.post('/api/a'))
    assert.strictEqual(t.gateway.paths('/api').length, sent)
    assert.strictEqual(Boolean(error), sent === 1)
    if (sent === 2) assert.ok(t.clock.time - before >= wait * 1000)
    t.gateway.script('/api/b', failure, failure, failure)
    assert.strictEqual((await t.error(t.api.get('/api/b'))).code, code)
    assert.strictEqual(t.gateway.paths('/api/b').length, sent)
  })
}

const failures = [
  { fail: { errMsg: 'request:fail net::ERR_CONNECTION_RESET' }, reason: 'NETWORK', sent: 2 },
  { fail: { errMsg: 'request:fail timeout', errno: 5 }, reason: 'TIMEOUT', sent: 1 },
  { fail: { errMsg: 'request:fail url not in domain list', errno: 600002 }, reason: 'DOMAIN_NOT_LISTED', sent: 1 },
  { fail: { errMsg: 'request:fail interrupted', errno: 600003 }, reason: 'BACKGROUND', sent: 2 }
]
for (const { fail, reason, sent } of failures) {
  test(`${reason}: GET is sent ${sent} times, POST once, unless it is asked for`, async () => {
    const t = start()
    await t.value(t.session.login())
    t.gateway.script('/api/a', { fail }, { fail })
    const error = await t.error(t.api.get('/api/a'))
    assert.deepStrictEqual([error.reason, error.code, error.errno, t.gateway.paths('/api').length], [reason, 0, fail.errno || 0, sent])
    t.gateway.script('/api/b', { fail }, { fail })
    await t.error(t.api.post('/api/b'))
    assert.strictEqual(t.gateway.paths('/api/b').length, 1)
    t.gateway.script('/api/c', { fail })
    await t.outcome(t.api.post('/api/c', {}, { retry: true }))
    assert.strictEqual(t.gateway.paths('/api/c').length, sent)
  })
}

test('an answer that never comes is a time-out, one that comes twice counts once', async () => {
  const t = start()
  t.gateway.script('/api/a', { never: true }, { twice: true, data: { n: 1 } })
  assert.strictEqual((await t.error(t.api.get('/api/a', null, { timeout: 3000 }))).reason, 'TIMEOUT')
  assert.deepStrictEqual(await t.value(t.api.get('/api/a')), { n: 1 })
})

test('a transport that loses its callbacks does not hang a call', async () => {
  const t = start({ transport: () => {} })
  assert.strictEqual((await t.error(t.api.get('/open/a', null, { needLogin: false, timeout: 1000 }))).reason, 'TIMEOUT')
})

test('a transport with promises, as Taro has, and one with callbacks, as callContainer', async () => {
  const seen = []
  const answer = (options) => ({ statusCode: 200, header: {}, data: { path: seen.push(options.url) } })
  const byPromise = start({ transport: { request: (options) => Promise.resolve(answer(options)) } })
  const byCallback = start({ transport: (options) => { options.success(answer(options)) } })
  for (const t of [byPromise, byCallback]) {
    await t.value(t.api.get('/open/a', null, { needLogin: false }))
  }
  assert.strictEqual(seen.length, 2)
})

test('other options go through to wx; ours do not', async () => {
  let options
  const t = start({ transport: (given) => { options = given; given.success({ statusCode: 200, header: {}, data: 1 }) } })
  await t.value(t.api.get('/a', null, { needLogin: false, enableHttp2: true, responseType: 'text', raw: true }))
  assert.deepStrictEqual([options.enableHttp2, options.responseType, options.raw, options.needLogin], [true, 'text', undefined, undefined])
})

test('the token never goes to another origin, whatever the address looks like', async () => {
  const t = start()
  await t.value(t.session.login())
  const elsewhere = ['https://evil.example.com/a', BASE + '.evil.com/a', BASE + '@evil.com', '//evil.com/a', 'HTTPS://evil.com',
    BASE.replace('https', 'http') + '/a', '\\\\evil.com/a', BASE + '\\@evil.com']
  for (const url of elsewhere) await t.outcome(t.api.get(url))
  assert.deepStrictEqual(t.gateway.calls.slice(1).map(auth), elsewhere.map(() => undefined))
  await t.value(t.api.get(BASE + '/api/a'))
  assert.strictEqual(auth(t.gateway.calls.pop()), 'Bearer token-1')
})

test('an answer of another origin causes no login and gives no token', async () => {
  const t = start()
  await t.value(t.session.login())
  t.gateway.serve = null
  t.phone.network.serve = () => Object.assign(t.gateway.expired(), { header: { 'x-auth-envelope': '1', 'x-auth-token': 'evil', 'x-auth-expires-in': '9' } })
  assert.strictEqual((await t.error(t.api.get('https://evil.example.com/a'))).reason, 'HTTP_STATUS')
  assert.deepStrictEqual([t.session.getToken(), t.phone.loginCount], ['token-1', 1])
})

test('an interceptor that moves a call to another origin moves it without the token', async () => {
  const t = start()
  t.api.interceptors.request.use((request) => Object.assign(request, { path: 'https://evil.example.com/a' }))
  await t.value(t.api.get('/api/a'))
  assert.strictEqual(auth(t.gateway.calls.pop()), undefined)
})

test('needLogin false, and addresses without a token; optional sends what is there', async () => {
  const t = start({ withoutToken: ['/open/*', '/exact', /^\/re/] })
  for (const path of ['/open/a', '/exact?x=1', '/regex']) await t.outcome(t.api.get(path))
  await t.value(t.api.get('/open/b', null, { needLogin: false }))
  await t.value(t.api.get('/open/../x').catch(() => {}))
  await t.outcome(t.api.get('/open2', null, { needLogin: 'optional' }))
  assert.strictEqual(t.phone.loginCount, 0)
  await t.value(t.session.login())
  await t.value(t.api.get('/api/a', null, { needLogin: 'optional' }))
  assert.strictEqual(auth(t.gateway.calls.pop()), 'Bearer token-1')
  t.gateway.expire()
  await t.value(t.api.get('/api/a', null, { needLogin: 'optional' }))
})

test('createHeader has what a call has, and no token for other addresses', async () => {
  const t = start({ headers: { 'bg-key': 'k' }, withoutToken: ['/open'] })
  await t.value(t.session.login())
  assert.deepStrictEqual(t.api.createHeader('/api/a'), { 'content-type': 'application/json', 'bg-key': 'k', Authorization: 'Bearer token-1' })
  for (const path of ['/open', 'https://evil.example.com/']) assert.strictEqual(t.api.createHeader(path).Authorization, undefined)
})

test('tokenHeader and bearer as the gateway has them; headers from a function; no header twice', async () => {
  let version = 1
  const t = start({ tokenHeader: 'authorizationToken', bearer: false, headers: () => ({ 'x-version': version++ }) })
  await t.value(t.session.login())
  t.api.get('/api/a', null, { header: { AuthorizationToken: 'mine', 'X-Version': 'own' } }).catch(() => {})
  await t.clock.advance(5)
  const { header } = t.gateway.calls.pop()
  assert.deepStrictEqual(header, { 'content-type': 'application/json', 'X-Version': 'own', authorizationToken: 'token-1' })
})

test('share joins equal GETs in flight, and gives up when all have', async () => {
  const t = start({ share: true })
  await t.value(t.session.login())
  const [first, second] = [t.api.get('/api/a'), t.api.get('/api/a')]
  t.api.get('/api/b').catch(() => {})
  assert.strictEqual((await t.value(Promise.all([first, second]))).length, 2)
  assert.strictEqual(t.gateway.paths('/api/a').length, 1)
  const [third, fourth] = [t.api.get('/api/a'), t.api.get('/api/a')]
  third.abort()
  assert.strictEqual((await t.error(third)).reason, 'ABORTED')
  await t.value(fourth)
})

test('isFailure rejects a team\'s own failures', async () => {
  const t = start({ isFailure: ({ data }) => data.ok === false && data.why })
  t.gateway.script('/api/a', { data: { ok: false, why: 'sold out' } })
  const error = await t.error(t.api.get('/api/a'))
  assert.deepStrictEqual([error.reason, error.message, error.data.why], ['APP_FAILURE', 'sold out', 'sold out'])
})

test('20011 with authorize asks the user for what is missing, and sends once more', async () => {
  const asked = []
  const t = start({
    present: async ({ missing }) => {
      asked.push(missing)
      await t.session.updatePhone({ code: 'p' })
    }
  })
  const refusal = t.gateway.failure(403, 20011, 'AUTH_STEP_REQUIRED', false, false, { data: { required: ['phone'], missing: ['phone'], authStep: 1 } })
  t.gateway.script('/api/a', refusal, null, refusal)
  await t.value(t.api.get('/api/a', null, { authorize: true }))
  assert.deepStrictEqual(asked, [['phone']])
  assert.strictEqual(t.gateway.paths('/api/a').length, 2)
  const error = await t.error(t.api.get('/api/a'))
  assert.deepStrictEqual([error.code, error.data.missing], [20011, ['phone']])
})

test('the texts are replaceable, and there in English', async () => {
  const t = start({ language: 'en', texts: { users: { NETWORK: 'Offline!' } } })
  t.phone.network.online = false
  assert.strictEqual((await t.error(t.api.get('/open', null, { needLogin: false }))).userMessage, 'Offline!')
  t.session.logout()
  assert.strictEqual((await t.error(t.api.get('/api/a'))).userMessage, 'You are logged out')
})

test('a deadline that slept in the background waits for callbacks that come with the return', async () => {
  let answer
  const t = start({ transport: (options) => { answer = options.success } })
  const call = t.api.get('/open/a', null, { needLogin: false, timeout: 1000 })
  await t.clock.advance(100)
  t.clock.frozen = true
  await t.clock.advance(60000)
  t.clock.frozen = false
  await t.clock.advance(500)
  answer({ statusCode: 200, header: {}, data: 'late' })
  assert.strictEqual(await t.value(call), 'late')
})
