const test = require('node:test')
const assert = require('node:assert')
const { start } = require('../support/app')

const file = { filePath: 'wxfile://photo', name: 'file', formData: { album: '1' } }

test('an upload sends file and form with the token and parses the answer', async () => {
  const t = start()
  const progress = []
  t.gateway.routes['/api/photos'] = () => ({ status: 201, data: { id: 7 } })
  const value = await t.value(t.api.upload('/api/photos', Object.assign({ onProgress: (event) => progress.push(event.progress) }, file)))
  assert.deepStrictEqual([value, progress], [{ id: 7 }, [100]])
  const call = t.gateway.calls.pop()
  assert.deepStrictEqual([call.kind, call.data, call.token, call.header['content-type']], ['uploadFile', file, 'token-1', undefined])
})

test('an upload at expiry is replayed once; its token comes from onHeadersReceived', async () => {
  const t = start({}, { renewBefore: 7200 })
  await t.value(t.session.login())
  t.gateway.expire()
  await t.value(t.api.upload('/api/photos', file))
  assert.strictEqual(t.gateway.paths('/api').length, 2)
  assert.deepStrictEqual([t.phone.loginCount, t.session.getToken()], [2, 'token-3'])
})

test('headers that come after success still tell of the expiry; without headers there is no login', async () => {
  const t = start()
  await t.value(t.session.login())
  t.gateway.script('/api/photos', Object.assign(t.gateway.expired(), { headersLate: 100 }))
  await t.value(t.api.upload('/api/photos', file))
  assert.strictEqual(t.phone.loginCount, 2)
  t.gateway.script('/api/photos', Object.assign(t.gateway.expired(), { headersNever: true }))
  assert.strictEqual((await t.error(t.api.upload('/api/photos', file))).reason, 'HTTP_STATUS')
  assert.strictEqual(t.phone.loginCount, 2)
})

test('an upload is not sent again after a network failure', async () => {
  const t = start()
  t.gateway.script('/api/photos', { fail: { errMsg: 'uploadFile:fail' } })
  assert.strictEqual((await t.error(t.api.upload('/api/photos', file))).reason, 'NETWORK')
  assert.strictEqual(t.gateway.paths('/api').length, 1)
})

test('a download gives its file; a failed one reads the envelope out of the file', async () => {
  const t = start({}, { renewBefore: 7200 })
  assert.deepStrictEqual(await t.value(t.api.download('/api/a.pdf')), { tempFilePath: 'wxfile://tmp_0', filePath: undefined })
  assert.strictEqual(t.session.getToken(), 'token-2')
  t.gateway.expire()
  await t.value(t.api.download('/api/a.pdf'))
  assert.strictEqual(t.phone.loginCount, 2)
  t.gateway.script('/api/a.pdf', t.gateway.failure(403, 20012, 'FORBIDDEN', false, false))
  assert.strictEqual((await t.error(t.api.download('/api/a.pdf'))).code, 20012)
})

test('a stream passes text as it arrives, over cut characters', async () => {
  const t = start()
  const bytes = Buffer.from('门神😀 ok')
  const chunks = Array.from(bytes, (byte) => new Uint8Array([byte]).buffer)
  t.gateway.script('/api/s', { chunks })
  const texts = []
  await t.value(t.api.stream('/api/s', { onChunk: (text) => texts.push(text) }))
  assert.deepStrictEqual(texts, ['门', '神', '😀', ' ', 'o', 'k'])
})

test('a stream at expiry is replayed, none of the envelope reaches the app', async () => {
  const t = start()
  await t.value(t.session.login())
  t.gateway.expire()
  const texts = []
  await t.value(t.api.stream('/api/s', { onChunk: (text) => texts.push(text) }))
  assert.deepStrictEqual([texts, t.phone.loginCount], [['{"path":"/api/s"}'], 2])
})

test('a stream that is cut: again before the first chunk, never after it', async () => {
  const t = start()
  const texts = []
  const part = [new Uint8Array(Buffer.from('part')).buffer]
  t.gateway.script('/api/s', { fail: { errMsg: 'request:fail' } }, { chunks: part })
  await t.value(t.api.stream('/api/s', { onChunk: (text) => texts.push(text) }))
  assert.deepStrictEqual(texts, ['part'])
  t.gateway.script('/api/s', { chunks: part, cut: true })
  assert.strictEqual((await t.error(t.api.stream('/api/s', { onChunk: (text) => texts.push(text) }))).reason, 'NETWORK')
  assert.deepStrictEqual([texts, t.gateway.paths('/api').length], [['part', 'part'], 3])
})

test('a failure of a stream is parsed', async () => {
  const t = start()
  t.gateway.script('/api/s', t.gateway.failure(429, 24429, 'RATE_LIMITED', false, false, {}, { 'retry-after': '5' }))
  const error = await t.error(t.api.stream('/api/s', { onChunk: () => assert.fail() }))
  assert.deepStrictEqual([error.code, error.retryAfter], [24429, 5])
})
