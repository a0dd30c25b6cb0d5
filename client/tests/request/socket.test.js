const test = require('node:test')
const assert = require('node:assert')
const { start } = require('../support/app')

/** Accepts each handshake, unless `refuse` says otherwise. */
async function connected(options = {}, setup = {}) {
  const t = start({}, setup)
  const { network } = t.phone
  t.refuse = () => false
  network.onSocket = (socket) => t.refuse(socket) ? socket.refuse() : socket.accept()
  t.last = () => network.sockets[network.sockets.length - 1]
  t.count = () => network.sockets.length
  t.socket = await t.value(t.api.connect('/live', options))
  t.states = []
  t.socket.onState((state) => t.states.push(state))
  return t
}

test('connect logs in first and sends the token to the gateway\'s address', async () => {
  const t = await connected({ query: { room: 1 }, protocols: ['chat'] })
  const { url, header, protocols } = t.last().options
  assert.deepStrictEqual([url, header.Authorization, protocols], ['wss://gateway.example.com/live?room=1', 'Bearer token-1', ['chat']])
  assert.strictEqual(t.socket.state, 'open')
})

test('messages go both ways', async () => {
  const t = await connected()
  const seen = []
  const remove = t.socket.onMessage((data) => seen.push(data))
  t.last().say('hello')
  remove()
  t.last().say('unheard')
  await t.value(t.socket.send('hi'))
  assert.deepStrictEqual([seen, t.last().sent], [['hello'], ['hi']])
})

test('1001: it connects again, the handle and its listeners survive', async () => {
  const t = await connected()
  const seen = []
  t.socket.onMessage((data) => seen.push(data))
  t.last().end(1001)
  assert.strictEqual(t.socket.state, 'waiting')
  await t.clock.advance(1100)
  assert.deepStrictEqual(t.states, ['waiting', 'connecting', 'open'])
  t.last().say('again')
  assert.deepStrictEqual([seen, t.phone.loginCount, t.count()], [['again'], 1, 2])
})

test('1008 "token expired": a login, then at once a new connection', async () => {
  const t = await connected()
  t.gateway.expire()
  t.last().end(1008, 'token expired')
  await t.clock.advance(100)
  assert.deepStrictEqual([t.socket.state, t.phone.loginCount, t.last().options.header.Authorization], ['open', 2, 'Bearer token-2'])
})

for (const reason of ['logged out', 'user blocked']) {
  test(`1008 "${reason}" is the end, and nothing logs in`, async () => {
    const t = await connected()
    t.last().end(1008, reason)
    await t.clock.advance(100000)
    assert.deepStrictEqual([t.socket.state, t.count(), t.phone.loginCount], ['closed', 1, 1])
    assert.strictEqual((await t.error(t.socket.send('x'))).reason, 'SOCKET_CLOSED')
    if (reason === 'logged out') assert.strictEqual((await t.error(t.api.get('/api/a'))).reason, 'LOGGED_OUT')
  })
}

test('a logout here ends the socket', async () => {
  const t = await connected()
  await t.value(t.session.logout())
  await t.clock.advance(10)
  assert.deepStrictEqual([t.socket.state, t.last().closedBy.code], ['closed', 1000])
})

test('close() is the end, also while it waits', async () => {
  const t = await connected()
  t.last().end(1001)
  t.socket.close()
  await t.clock.advance(100000)
  assert.deepStrictEqual([t.socket.state, t.count()], ['closed', 1])
  assert.deepStrictEqual([t.session.listeners.size, t.phone.listeners.onNetworkStatusChange.length], [0, 0])
})

test('offline: pauses grow, and it connects at once when the network returns', async () => {
  const t = await connected()
  t.phone.online(false)
  t.last().end(1006)
  await t.clock.advance(600000)
  assert.strictEqual(t.count(), 1)
  t.phone.online(true)
  await t.clock.advance(10)
  assert.strictEqual(t.socket.state, 'open')
})

test('a server that is gone is asked in growing, jittered pauses', async () => {
  const t = await connected()
  t.refuse = () => true
  const times = []
  const { onSocket } = t.phone.network
  t.phone.network.onSocket = (socket) => { times.push(t.clock.time); onSocket(socket) }
  t.last().end(1006)
  await t.clock.advance(300000)
  const pauses = times.slice(1).map((time, index) => time - times[index])
  assert.ok(times.length > 12 && times.length < 60, String(times.length))
  assert.ok(Math.max(...pauses) <= 31000 && new Set(pauses).size > 5)
})

test('in the background it does not connect; on return at once', async () => {
  const t = await connected()
  t.phone.hide()
  await t.clock.advance(1000)
  t.last().end(1006)
  await t.clock.advance(100000)
  assert.strictEqual(t.count(), 1)
  t.phone.show()
  await t.clock.advance(20)
  assert.strictEqual(t.socket.state, 'open')
})

test('a refused handshake asks the session: a token that was refused is a login', async () => {
  const t = await connected()
  t.refuse = (socket) => socket.options.header.Authorization === 'Bearer token-1'
  t.gateway.expire()
  t.last().end(1006)
  await t.clock.advance(2000)
  assert.deepStrictEqual([t.socket.state, t.phone.loginCount], ['open', 2])
  assert.ok(t.gateway.paths('/auth/session').length >= 1)
})

test('a refused handshake with a good token is a pause without a login', async () => {
  const t = await connected()
  let left = 3
  t.refuse = () => left-- > 0
  t.last().end(1006)
  await t.clock.advance(30000)
  assert.deepStrictEqual([t.socket.state, t.phone.loginCount], ['open', 1])
})

test('a refused handshake of a session that the user ended is the end', async () => {
  const t = await connected()
  t.refuse = () => true
  for (const { session } of t.gateway.tokens.values()) session.ended = 'logout'
  t.last().end(1006)
  await t.clock.advance(5000)
  assert.deepStrictEqual([t.socket.state, t.phone.loginCount], ['closed', 1])
})

test('a handshake that nobody answers is given up', async () => {
  const t = await connected()
  const { network } = t.phone
  const { onSocket } = network
  network.onSocket = () => {}
  t.last().end(1001)
  await t.clock.advance(2000)
  network.onSocket = onSocket
  await t.clock.advance(60000)
  assert.ok(network.sockets[1].closedBy, 'its task is closed')
  assert.strictEqual(t.socket.state, 'open')
})

test('messages while it is not open reject, or wait in the buffer that was asked for', async () => {
  const t = await connected({ buffer: 1 })
  t.last().end(1001)
  const kept = t.socket.send('kept')
  assert.strictEqual((await t.error(t.socket.send('too many'))).reason, 'SOCKET_CLOSED')
  await t.value(kept)
  assert.deepStrictEqual(t.last().sent, ['kept'])
  t.last().end(1001)
  const lost = t.socket.send('lost')
  t.socket.close()
  assert.strictEqual((await t.error(lost)).reason, 'ABORTED')
})

test('a handshake that succeeds after close() does not open the handle again', async () => {
  const t = await connected()
  const { network } = t.phone
  network.onSocket = (socket) => { t.late = socket }
  t.last().end(1001)
  await t.clock.advance(1100)
  t.socket.close()
  t.late.accept()
  assert.strictEqual(t.socket.state, 'closed')
  assert.strictEqual((await t.error(t.socket.send('x'))).reason, 'SOCKET_CLOSED')
})

test('a heartbeat goes while it is open only', async () => {
  const t = await connected({ heartbeat: { interval: 1000, data: 'beat' } })
  await t.clock.advance(3500)
  assert.deepStrictEqual(t.last().sent, ['beat', 'beat', 'beat'])
  const old = t.last()
  t.socket.close()
  await t.clock.advance(5000)
  assert.strictEqual(old.sent.length, 3)
})

test('connect can be aborted, and rejects when the login is refused for good', async () => {
  const t = start()
  const call = t.api.connect('/live')
  call.abort()
  assert.strictEqual((await t.error(call)).reason, 'ABORTED')
  await t.clock.advance(10000)
  assert.strictEqual(t.phone.network.sockets.length, 0)
  await t.value(t.session.logout())
  assert.strictEqual((await t.error(t.api.connect('/live'))).reason, 'LOGGED_OUT')
})

test('another origin gets no token and needs no login', async () => {
  const t = start()
  t.phone.network.onSocket = (socket) => socket.accept()
  await t.value(t.api.connect('wss://other.example.com/x'))
  assert.deepStrictEqual([t.phone.network.sockets[0].options.header.Authorization, t.phone.loginCount], [undefined, 0])
})
