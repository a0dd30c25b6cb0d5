const test = require('node:test')
const assert = require('node:assert')
const { start } = require('../support/app')

test('request interceptors run per attempt, response interceptors once per call', async () => {
  const t = start()
  await t.value(t.session.login())
  const seen = []
  t.api.interceptors.request.use((request) => { seen.push('request ' + request.path) })
  t.api.interceptors.response.use(({ status }) => { seen.push('response ' + status) })
  t.gateway.expire()
  await t.value(t.api.get('/api/a'))
  assert.deepStrictEqual(seen, ['request /api/a', 'request /api/a', 'response 200'])
})

test('they may be async, replace, throw, and be removed', async () => {
  const t = start()
  const remove = t.api.interceptors.request.use(async (request) => Object.assign({}, request, { query: { v: 1 } }))
  const removeOther = t.api.interceptors.response.use(async (response) => Object.assign({}, response, { data: 'replaced' }))
  assert.strictEqual(await t.value(t.api.get('/api/a')), 'replaced')
  assert.ok(t.gateway.calls.pop().url.endsWith('?v=1'))
  remove()
  removeOther()
  assert.deepStrictEqual(await t.value(t.api.get('/api/a')), { path: '/api/a' })
  const own = new Error('mine')
  t.api.interceptors.request.use(() => { throw own })
  assert.strictEqual(await t.error(t.api.get('/api/a')), own)
})

test('an attempt does not see what the interceptors changed for the one before', async () => {
  const t = start()
  await t.value(t.session.login())
  t.api.interceptors.request.use((request) => { request.header.n = String(Number(request.header.n || 0) + 1) })
  t.gateway.expire()
  await t.value(t.api.get('/api/a', null, { header: {} }))
  assert.deepStrictEqual(t.gateway.calls.filter(({ path }) => path === '/api/a').map(({ header }) => header.n), ['1', '1'])
})

test('a response interceptor can turn a failure into a response, or into another error', async () => {
  const t = start()
  t.gateway.script('/api/a', { status: 404, data: 'none' }, { status: 404, data: 'none' })
  const remove = t.api.interceptors.response.use(null, (error) => ({ status: 200, header: {}, data: 'instead of ' + error.status }))
  assert.strictEqual(await t.value(t.api.get('/api/a')), 'instead of 404')
  remove()
  t.api.interceptors.response.use(undefined, () => { throw new Error('other') })
  assert.strictEqual((await t.error(t.api.get('/api/a'))).message, 'other')
})
