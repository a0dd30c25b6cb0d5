const test = require('node:test')
const assert = require('node:assert')
const { start, BASE } = require('../support/app')

const restart = (t, options, setup) => start(options, Object.assign({ storage: t.phone.storage, gateway: t.gateway, clock: t.clock }, setup))

test('a cold start goes on with the stored token and user', async () => {
  const t = start()
  await t.value(t.session.login())
  const next = restart(t)
  assert.strictEqual(next.session.user.userId, 'u_one')
  assert.ok(next.api.status.login.isSuccess())
  await next.value(next.api.get('/api/a'))
  assert.strictEqual(next.phone.loginCount, 0)
})

const others = [
  { name: 'another base URL', options: { baseURL: 'https://other.example.com' } },
  { name: 'another app id', setup: { appId: 'wxother' } },
  { name: 'another envVersion', setup: { envVersion: 'release' } }
]
for (const { name, options, setup } of others) {
  test(`${name} has a session of its own`, async () => {
    const t = start()
    await t.value(t.session.login())
    assert.strictEqual(restart(t, options, setup).session.getToken(), null)
  })
}

for (const text of ['"text"', '5', 'null', '{"v":2,"token":"x","expiresIn":1e9,"receivedAt":1}', '[]', '{"v":1}']) {
  test(`stored state that is corrupt or of another version is ignored: ${text}`, async () => {
    const t = start()
    await t.value(t.session.login())
    for (const key of t.phone.storage.keys()) t.phone.storage.set(key, text)
    const next = restart(t)
    assert.strictEqual(next.session.getToken(), null)
    await next.value(next.api.get('/api/a'))
  })
}

test('a full storage: it works in memory, and nothing old comes back', async () => {
  const t = start()
  await t.value(t.session.login())
  t.phone.storageFull = true
  await t.value(t.session.login({ force: true }))
  await t.value(t.api.get('/api/a'))
  assert.strictEqual(t.phone.storage.size, 0)
})

test('storage is keyed by app id, envVersion and base URL, and small', async () => {
  const t = start()
  await t.value(t.session.login())
  assert.deepStrictEqual([...t.phone.storage.keys()], [`menshen|wx4f4bc4dec97d474b|develop|${BASE}`])
})

for (const error of [-86400000, 86400000]) {
  test(`a phone's clock ${error / 3600000} h wrong changes nothing`, async () => {
    const t = start()
    t.clock.error = error
    await t.value(t.api.get('/api/a'))
    const next = restart(t)
    await next.value(next.api.get('/api/a'))
    assert.deepStrictEqual([t.phone.loginCount, next.phone.loginCount], [1, 0])
  })

  test(`a phone's clock that jumps by ${error / 3600000} h costs one login at most`, async () => {
    const t = start()
    await t.value(t.api.get('/api/a'))
    t.clock.error = error
    await t.value(t.api.get('/api/a'))
    await t.value(t.api.get('/api/a'))
    assert.ok(t.phone.loginCount <= 2)
  })
}

test('two copies of the package share one login', async () => {
  const t = start({}, { files: { 'sub/index.js': '' } })
  for (const [path, text] of t.world.files) {
    if (path.startsWith('miniprogram_npm/')) t.world.files.set('sub/' + path, text)
  }
  const copy = t.world.modules.load('sub/miniprogram_npm/@menshen/client/index.js')
  const other = copy.createMenshen({ baseURL: BASE })
  assert.notStrictEqual(other, t.api)
  assert.strictEqual(other.session, t.session)
  await t.value(Promise.all([t.api.get('/api/a'), other.get('/api/b')]))
  assert.strictEqual(t.phone.loginCount, 1)
  await t.value(t.session.logout())
  const error = await t.error(other.get('/api/b'))
  assert.strictEqual(error.reason, 'LOGGED_OUT')
  assert.ok(error instanceof copy.MenshenError && error instanceof t.menshen.MenshenError && !(new Error('x') instanceof copy.MenshenError))
})

test('what was shared before App() is called is shared afterwards', async () => {
  const t = start()
  t.world.startApp({})
  const again = t.menshen.createMenshen({ baseURL: BASE })
  assert.strictEqual(again.session, t.session)
})

test('baseURL by envVersion, with and without a slash; a missing one is refused', () => {
  const t = start({ baseURL: { develop: BASE + '/', trial: 'https://t.example.com', release: 'https://r.example.com' } })
  assert.strictEqual(t.api.ctx.options.baseURL, BASE)
  for (const baseURL of [undefined, '', 'gateway', { release: BASE }]) {
    assert.throws(() => start({ baseURL }), /baseURL/)
  }
})
