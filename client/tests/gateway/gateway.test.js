const test = require('node:test')
const assert = require('node:assert')
const { RealClock } = require('../../runtime/clock')
const { start } = require('../support/app')
const { binary, realGateway, fetchOver, withEnvelopeHeader } = require('../support/real')

const lookAlike = { code: 20003, msg: 'x', reason: 'AUTH_EXPIRED', relogin: true, replay: true }

/** The service: it tells who asked, or fails as its path says. */
function service(request, response) {
  const [, status] = /\/status\/(\d+)/.exec(request.url) || []
  request.resume()
  request.on('end', () => {
    response.writeHead(Number(status) || 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(/look-alike/.test(request.url) ? lookAlike : { user: request.headers['x-user-id'], type: request.headers['content-type'] }))
  })
}

test('against the gateway and its stand-in', { skip: binary() ? false : 'no menshen binary; set MENSHEN', timeout: 60000 }, async (t) => {
  const { base, standIn, stop } = await realGateway(service)
  const post = (path, data) => fetchOver({ kind: 'request', url: standIn + path, method: 'POST', header: {}, data }).then((answer) => JSON.parse(answer.data))
  /** A phone of a new user. */
  const phone = (options = {}, setup = {}) => {
    const requests = []
    const serve = async (request) => {
      requests.push(request)
      return withEnvelopeHeader(await fetchOver(request))
    }
    const clock = new RealClock()
    let openid
    const codes = async () => {
      const issued = await post('/stand-in/codes', openid ? { openid } : {})
      openid = issued.openid
      return issued.code
    }
    const all = start(Object.assign({ baseURL: base }, options), Object.assign({ clock, codes, gateway: { serve } }, setup))
    return Object.assign(all, { requests, sent: (part) => requests.filter(({ url }) => url.includes(part)).length })
  }
  /** The token ends at the gateway, while this phone's clock believes in it. */
  const expired = async (user) => {
    await user.session.login({ force: true })
    user.clock.error = -60000
    await new Promise((resolve) => setTimeout(resolve, 2100))
  }
  try {
    await t.test('thirty requests at expiry make one wx.login, and each is replayed once', async () => {
      const user = phone()
      await expired(user)
      const values = await Promise.all(Array.from({ length: 30 }, (_, id) => user.api.get('/api/orders/' + id)))
      assert.ok(values.every((value) => value.user === user.session.user.userId))
      assert.deepStrictEqual([user.phone.loginCount, user.phone.mostLogins, user.sent('/api/orders')], [2, 1, 60])
    })

    await t.test('an upload at expiry is replayed', async () => {
      const user = phone()
      await expired(user)
      const value = await user.api.upload('/api/photos', { filePath: 'f', name: 'file' })
      assert.match(value.type, /^multipart/)
      assert.deepStrictEqual([user.phone.loginCount, user.sent('/api/photos')], [2, 2])
    })

    await t.test('a wrapped route gives its data; a service\'s 401 and look-alikes cause no login', async () => {
      const user = phone()
      assert.strictEqual((await user.api.get('/wrapped/a')).user, user.session.user.userId)
      const refused = await user.api.get('/api/status/401').catch((error) => error)
      assert.deepStrictEqual([refused.code, refused.status, refused.data.status], [30000, 403, 401])
      assert.deepStrictEqual(await user.api.get('/api/look-alike'), lookAlike)
      for (const path of ['/api/look-alike/status/400', '/plain/look-alike/status/400']) {
        await assert.rejects(user.api.get(path), (error) => error.status === 400)
      }
      assert.strictEqual(user.phone.loginCount, 1)
    })

    await t.test('in place: one round trip, and the token for all', async () => {
      const user = phone()
      const values = await Promise.all([1, 2, 3].map((id) => user.api.get('/api/' + id, null, { inPlace: true })))
      assert.ok(values.every(({ user: id }) => id === values[0].user && id))
      assert.deepStrictEqual([user.phone.loginCount, user.sent('/auth/login'), user.sent('/api')], [1, 0, 3])
    })

    await t.test('a code that WeChat knows already takes one fresh code', async () => {
      const user = phone()
      await post('/stand-in/faults', { fault: 'errcode', errcode: 40163 })
      await user.session.login()
      assert.strictEqual(user.phone.loginCount, 2)
    })

    await t.test('profile and phone; a route that needs the phone asks, and goes on', async () => {
      const present = async ({ missing }) => {
        assert.deepStrictEqual(missing, ['phone'])
        await user.session.updatePhone({ detail: await post('/stand-in/phone-codes', {}) })
      }
      const user = phone({ present })
      await user.session.updateUser({ nickname: 'Ming' })
      assert.deepStrictEqual([user.session.currentAuthStep(), user.session.hasUser(), user.session.hasPhone()], [2, true, false])
      assert.strictEqual((await user.api.get('/phone/a').catch((error) => error)).code, 20011)
      await user.api.get('/phone/a', null, { authorize: true })
      assert.deepStrictEqual([user.session.currentAuthStep(), user.session.missing], [3, []])
      await user.session.unbindPhone()
      assert.deepStrictEqual(user.session.missing, ['phone'])
    })

    await t.test('logout: the old token is refused, nothing logs in, login() begins anew', async () => {
      const user = phone()
      await user.session.login()
      const token = user.session.getToken()
      await user.session.logout()
      assert.strictEqual(user.sent('/auth/logout'), 1)
      const answer = JSON.parse((await fetchOver({ kind: 'request', url: base + '/api/a', method: 'GET', header: { authorization: token } })).data)
      assert.deepStrictEqual([answer.code, answer.relogin], [20005, false])
      await assert.rejects(user.api.get('/api/a'), (error) => error.reason === 'LOGGED_OUT')
      await user.session.login()
      await user.api.get('/api/a')
    })

    await t.test('deleteUser erases the user', async () => {
      const user = phone()
      await user.session.updateUser({ nickname: 'Ming' })
      await user.session.deleteUser()
      await user.session.login()
      assert.strictEqual(user.session.hasUser(), false)
    })

    await t.test('WeChat unavailable: the failure is told, and no login is tried for 5 s', async () => {
      const user = phone()
      await post('/stand-in/faults', { fault: 'html' })
      const error = await user.api.get('/api/a').catch((failure) => failure)
      assert.deepStrictEqual([error.code, error.reason], [30000, 'WECHAT_UNAVAILABLE'])
      assert.strictEqual((await user.session.login().catch((failure) => failure)).retryAfter, 5)
      assert.strictEqual(user.phone.loginCount, 1)
    })
  } finally {
    await stop()
  }
})
