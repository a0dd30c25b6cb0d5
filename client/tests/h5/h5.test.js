const test = require('node:test')
const assert = require('node:assert')
const path = require('node:path')
const { Modules } = require('../../runtime/modules')
const { readFolder } = require('../../runtime/files')
const { Gateway, BASE } = require('../support/gateway')
const { settle } = require('../../runtime/clock')

const FILES = readFolder(path.join(__dirname, '../..'))

/** The browser entry in a page at an address, before a scripted gateway. */
function page(address, options = {}, shared = {}) {
  const gateway = shared.gateway || new Gateway({ time: 1700000000000 })
  const url = new URL(address)
  const stored = shared.stored || new Map()
  const window = { wx: { miniProgram: { redirectTo: ({ url: to }) => { window.asked = to } } } }
  const location = { get hash() { return url.hash }, get pathname() { return url.pathname }, get search() { return url.search } }
  const globals = {
    window, location, setTimeout, clearTimeout, AbortController, Date: { now: () => gateway.clock.time },
    document: { addEventListener() {} }, addEventListener() {}, removeEventListener() {},
    history: { state: null, replaceState: (_, __, to) => { url.href = new URL(to, url).href } },
    sessionStorage: { getItem: (key) => stored.get(key) || null, setItem: (key, text) => stored.set(key, text), removeItem: (key) => stored.delete(key) },
    fetch: async (to, { method, headers, body }) => {
      await settle()
      const answer = gateway.serve({ url: to, method, header: headers, data: body && JSON.parse(body) })
      if (answer.fail) throw new TypeError('Failed to fetch')
      return new Response(typeof answer.data === 'string' ? answer.data : JSON.stringify(answer.data), { status: answer.status || 200, headers: answer.header })
    }
  }
  const { createMenshen } = new Modules(FILES, globals).load('h5/index.js')
  return { api: createMenshen(Object.assign({ baseURL: BASE }, options)), gateway, url, window, stored }
}

async function ticket(gateway) {
  gateway.tickets.set('t1', gateway.logIn('code@seven'))
  return 't1'
}

test('the ticket is redeemed, taken out of the address, and good once', async () => {
  const gateway = new Gateway({ time: 1 })
  await ticket(gateway)
  const first = page('https://h5.example.com/a?b=1#menshen_ticket=t1', {}, { gateway })
  assert.strictEqual(first.url.href, 'https://h5.example.com/a?b=1')
  assert.deepStrictEqual(await first.api.get('/api/a'), { path: '/api/a' })
  assert.strictEqual(first.api.session.user.userId, 'u_seven')
  assert.deepStrictEqual(gateway.calls[0].data, { ticket: 't1' })
  const second = page('https://h5.example.com/a#menshen_ticket=t1', {}, { gateway })
  await assert.rejects(second.api.get('/api/a'), (error) => error.reason === 'WX_LOGIN_FAILED')
})

test('a route in the fragment stays', async () => {
  const { url } = page('https://h5.example.com/#/orders&menshen_ticket=t1')
  assert.strictEqual(url.href, 'https://h5.example.com/#/orders')
})

test('a reload goes on with the token; a new ticket replaces another user\'s token', async () => {
  const gateway = new Gateway({ time: 1700000000000 })
  await ticket(gateway)
  const first = page('https://h5.example.com/#menshen_ticket=t1', {}, { gateway })
  await first.api.get('/api/a')
  const again = page('https://h5.example.com/', {}, { gateway, stored: first.stored })
  await again.api.get('/api/a')
  assert.strictEqual(gateway.logins, 1)
  gateway.tickets.set('t2', gateway.logIn('code@eight'))
  const other = page('https://h5.example.com/#menshen_ticket=t2', {}, { gateway, stored: first.stored })
  await other.api.get('/api/a')
  assert.strictEqual(other.api.session.user.userId, 'u_eight')
})

test('at expiry it asks the mini program again, or takes a ticket by another way', async () => {
  const gateway = new Gateway({ time: 1700000000000 })
  await ticket(gateway)
  const asked = page('https://h5.example.com/#menshen_ticket=t1', { renewPage: '/pages/web/web' }, { gateway })
  await asked.api.get('/api/a')
  gateway.expire()
  await assert.rejects(asked.api.get('/api/a'), (error) => error.reason === 'WX_LOGIN_FAILED')
  assert.strictEqual(asked.window.asked, '/pages/web/web')
  gateway.tickets.set('t3', gateway.logIn('code@seven'))
  const other = page('https://h5.example.com/', { renewTicket: async () => 't3' }, { gateway })
  await other.api.post('/api/a', { n: 1 })
})

test('a stream arrives as text, a failure as an error, a lost connection as NETWORK', async () => {
  const { api, gateway } = page('https://h5.example.com/')
  const texts = []
  await api.stream('/open/s', { needLogin: false, onChunk: (text) => texts.push(text) })
  assert.deepStrictEqual(texts, ['{"path":"/open/s"}'])
  gateway.script('/open/s', gateway.failure(429, 24429, 'RATE_LIMITED', false, false))
  await assert.rejects(api.get('/open/s', null, { needLogin: false }), (error) => error.code === 24429)
  gateway.script('/open/s', { fail: {} }, { fail: {} })
  await assert.rejects(api.get('/open/s', null, { needLogin: false }), (error) => error.reason === 'NETWORK')
})
