const test = require('node:test')
const assert = require('node:assert')
const { app } = require('../support/pages')

const { AuthDisplayMode, AuthStep } = { AuthDisplayMode: { PAGE: 'page' }, AuthStep: { ONE: 1, TWO: 2, THREE: 3 } }

test('the three steps: nickname, then phone, then done', async () => {
  const t = await app()
  const asked = t.session.mustAuth({ mustAuthStep: AuthStep.THREE })
  await t.clock.advance(100)
  assert.match(t.hands.text(), /完善资料 设置头像和昵称 保存 暂不登录/)
  t.hands.type('input', ' Ming ')
  t.hands.tap('.submit')
  await t.clock.advance(100)
  assert.match(t.hands.text(), /绑定手机号 手机号快捷验证/)
  assert.strictEqual(t.session.currentAuthStep(), AuthStep.TWO)
  t.hands.answers.getPhoneNumber.push({ code: 'phone-code', errMsg: 'getPhoneNumber:ok' })
  t.hands.tap('.phone')
  await t.value(asked)
  assert.ok(!t.hands.has('.mask'))
  assert.deepStrictEqual([t.session.hasUser(), t.session.hasPhone(), t.session.currentAuthStep()], [true, true, AuthStep.THREE])
  assert.ok(t.api.status.auth.isSuccess())
  assert.deepStrictEqual(t.gateway.calls.filter(({ path }) => /user|phone/.test(path)).map(({ data }) => data), [{ nickname: 'Ming' }, { code: 'phone-code' }])
  assert.deepStrictEqual([...t.phone.unknown], [])
})

test('what is known is not asked for: resolves at once, and resumes in the middle', async () => {
  const t = await app()
  await t.value(t.session.updateUser({ nickname: 'Ming' }))
  await t.value(t.session.mustAuth())
  assert.ok(!t.hands.has('.mask'))
  const asked = t.session.mustAuth({ mustAuthStep: AuthStep.THREE })
  await t.clock.advance(100)
  assert.match(t.hands.text(), /绑定手机号/)
  t.hands.tap('.leave')
  assert.strictEqual((await t.error(asked)).reason, 'AUTH_CANCELLED')
})

test('a phone without a profile is asked for alone', async () => {
  const t = await app()
  const asked = t.session.mustAuth({ require: ['phone'] })
  await t.clock.advance(100)
  assert.ok(!t.hands.has('input'))
  t.hands.answers.getPhoneNumber.push({ code: 'p' })
  t.hands.tap('.phone')
  await t.value(asked)
  assert.deepStrictEqual([t.session.hasUser(), t.session.hasPhone()], [false, true])
})

test('a popup that is closed rejects, and can be opened again', async () => {
  const t = await app()
  for (let round = 0; round < 2; round++) {
    const asked = t.session.mustAuth()
    await t.clock.advance(100)
    t.hands.tap('.leave')
    const error = await t.error(asked)
    assert.deepStrictEqual([error.reason, error.isCancel, error.code], ['AUTH_CANCELLED', true, 0])
    assert.ok(!t.hands.has('.mask') && t.api.status.auth.isFail())
  }
})

test('a page that is destroyed under its popup rejects', async () => {
  const t = await app()
  t.phone.wx.navigateTo({ url: '/pages/cart/cart' })
  await t.clock.advance(100)
  const asked = t.session.mustAuth()
  await t.clock.advance(100)
  t.phone.wx.navigateBack({})
  assert.strictEqual((await t.error(asked)).reason, 'AUTH_CANCELLED')
})

test('two mustAuth at once share one popup; the second goes on with what it needs besides', async () => {
  const t = await app()
  const first = t.session.mustAuth()
  const second = t.session.mustAuth({ mustAuthStep: AuthStep.THREE })
  await t.clock.advance(100)
  assert.strictEqual(t.hands.all('.mask').length, 1)
  t.hands.type('input', 'Ming')
  t.hands.tap('.submit')
  await t.value(first)
  await t.clock.advance(100)
  assert.match(t.hands.text(), /绑定手机号/)
  t.hands.tap('.leave')
  assert.strictEqual((await t.error(second)).reason, 'AUTH_CANCELLED')
})

const refused = [
  { detail: { errMsg: 'getPhoneNumber:fail user deny' }, reason: 'AUTH_REFUSED' },
  { detail: { errMsg: 'getPhoneNumber:fail:user deny' }, reason: 'AUTH_REFUSED' },
  { detail: { errMsg: 'getPhoneNumber:fail', errno: 104 }, reason: 'PRIVACY_REFUSED' },
  { detail: { errMsg: 'getPhoneNumber:fail', errno: 112 }, reason: 'PRIVACY_NOT_DECLARED' },
  { detail: { errMsg: 'getPhoneNumber:fail', errno: 1400001 }, reason: 'PHONE_QUOTA' }
]
for (const { detail, reason } of refused) {
  test(`a refusal of the phone button: ${detail.errMsg} ${detail.errno || ''} is ${reason}`, async () => {
    const t = await app()
    const asked = t.session.mustAuth({ require: ['phone'] })
    await t.clock.advance(100)
    t.hands.answers.getPhoneNumber.push(detail)
    t.hands.tap('.phone')
    await t.clock.advance(100)
    assert.ok(t.hands.has('.hint'))
    assert.strictEqual(t.hands.has('.fallback'), reason === 'PHONE_QUOTA')
    t.hands.tap('.leave')
    const error = await t.error(asked)
    assert.strictEqual(error.reason, reason)
    if (reason === 'PRIVACY_NOT_DECLARED') assert.match(error.message, /mp\.weixin\.qq\.com/)
    assert.strictEqual(t.phone.loginCount, 1)
  })
}

test('a refusal can be followed by a consent', async () => {
  const t = await app()
  const asked = t.session.mustAuth({ require: ['phone'] })
  await t.clock.advance(100)
  t.hands.answers.getPhoneNumber.push({ errMsg: 'getPhoneNumber:fail user deny' }, { code: 'p' })
  t.hands.tap('.phone')
  await t.clock.advance(100)
  t.hands.tap('.phone')
  await t.value(asked)
})

test('empty names and 微信用户 are refused in place', async () => {
  const t = await app()
  t.session.mustAuth().catch(() => {})
  await t.clock.advance(100)
  for (const name of ['', '   ', '微信用户']) {
    t.hands.type('input', name)
    t.hands.tap('.submit')
    await t.clock.advance(50)
    assert.ok(t.hands.has('.refused'))
  }
  assert.deepStrictEqual(t.gateway.paths('/auth/user'), [])
})

test('an avatar is asked for only where it can be uploaded', async () => {
  const uploaded = []
  const without = await app()
  without.session.mustAuth().catch(() => {})
  await without.clock.advance(100)
  assert.ok(!without.hands.has('.avatar'))
  const t = await app({ uploadAvatar: async (filePath) => { uploaded.push(filePath); return 'https://cdn.example.com/1' } })
  const asked = t.session.mustAuth()
  await t.clock.advance(100)
  t.hands.answers.chooseAvatar.push({ avatarUrl: 'wxfile://avatar' })
  t.hands.tap('.avatar')
  await t.clock.advance(100)
  t.hands.type('input', 'Ming')
  t.hands.tap('.submit')
  t.hands.tap('.submit')
  await t.value(asked)
  assert.deepStrictEqual(uploaded, ['wxfile://avatar'])
  assert.strictEqual(t.session.user.avatarUrl, 'https://cdn.example.com/1')
  assert.strictEqual(t.gateway.paths('/auth/user').length, 1)
})

test('a gateway that refuses shows a hint, and the step can be tried again', async () => {
  const t = await app()
  t.session.mustAuth().catch(() => {})
  await t.clock.advance(100)
  t.gateway.script('/auth/user', t.gateway.failure(400, 24400, 'BAD_REQUEST', false, false))
  for (const hint of [true, false]) {
    t.hands.type('input', 'Ming')
    t.hands.tap('.submit')
    await t.clock.advance(100)
    assert.strictEqual(t.hands.has('.hint'), hint)
  }
})

test('two quick taps of the phone button record one number', async () => {
  const t = await app()
  const asked = t.session.mustAuth({ require: ['phone'] })
  await t.clock.advance(100)
  t.hands.answers.getPhoneNumber.push({ code: 'p' }, { code: 'q' })
  t.hands.tap('.phone')
  t.hands.tap('.phone')
  await t.value(asked)
  assert.strictEqual(t.gateway.paths('/auth/phone').length, 1)
})

test('realtime uses the other button', async () => {
  const t = await app({}, { popup: '<auth-popup id="auth-popup" realtime />' })
  const asked = t.session.mustAuth({ require: ['phone'] })
  await t.clock.advance(100)
  t.hands.answers.getRealtimePhoneNumber.push({ code: 'p' })
  t.hands.tap('.phone')
  await t.value(asked)
})

test('without a popup it waits for the page once, then opens the auth page and comes back', async () => {
  const t = await app({}, { popup: '' })
  const asked = t.session.mustAuth({ require: ['phone'] })
  await t.clock.advance(2000)
  assert.strictEqual(t.world.views.top.instance.route, 'pages/auth/auth')
  t.hands.answers.getPhoneNumber.push({ code: 'p' })
  t.hands.tap('.phone')
  await t.value(asked)
  assert.strictEqual(t.world.views.top.instance.route, 'pages/home/home')
})

test('in onLoad the popup is not there yet, and is waited for', async () => {
  const t = await app({}, { onLoad: true })
  assert.ok(t.hands.has('.mask'))
})

for (const [name, leave] of [['暂不登录', (t) => t.hands.tap('.leave')], ['going back', (t) => t.phone.wx.navigateBack({})]]) {
  test(`mode PAGE, left by ${name}: rejects, and the page under it is back`, async () => {
    const t = await app()
    const asked = t.session.mustAuth({ mode: AuthDisplayMode.PAGE })
    await t.clock.advance(200)
    assert.strictEqual(t.world.views.top.instance.route, 'pages/auth/auth')
    leave(t)
    assert.strictEqual((await t.error(asked)).reason, 'AUTH_CANCELLED')
    assert.strictEqual(t.world.views.pages.length, 1)
  })
}

test('an auth page that is gone before the navigation has answered: rejected, and nothing unhandled', async () => {
  const t = await app()
  const { navigateTo } = t.phone.navigation
  t.phone.navigation.navigateTo = (options) => {
    const answer = navigateTo(options)
    const { success } = options
    options.success = (value) => t.phone.later(500, () => success(value))
    return answer
  }
  const asked = t.session.mustAuth({ mode: AuthDisplayMode.PAGE })
  asked.catch(() => {})
  await t.clock.advance(100)
  t.phone.wx.navigateBack({})
  await t.clock.advance(100)
  assert.strictEqual((await t.error(asked)).reason, 'AUTH_CANCELLED')
})

test('at ten pages the auth page takes the place of the last one, which comes back with its query', async () => {
  const t = await app()
  for (let count = 0; count < 9; count++) {
    t.phone.wx.navigateTo({ url: '/pages/cart/cart?id=' + count + '&q=%E9%97%A8' })
    await t.clock.advance(50)
  }
  const asked = t.session.mustAuth({ mode: AuthDisplayMode.PAGE, require: ['phone'] })
  await t.clock.advance(200)
  assert.strictEqual(t.world.views.pages.length, 10)
  t.hands.answers.getPhoneNumber.push({ code: 'p' })
  t.hands.tap('.phone')
  await t.value(asked)
  const { route, options } = t.world.views.top.instance
  assert.deepStrictEqual([route, options], ['pages/cart/cart', { id: '8', q: '%E9%97%A8' }])
})

test('the auth page as the first page goes to a tab page, whose query is kept', async () => {
  const t = await app({}, { url: '/pages/auth/auth?backTo=' + encodeURIComponent('/pages/home/home?tab=2') })
  await t.clock.advance(200)
  t.hands.type('input', 'Ming')
  t.hands.tap('.submit')
  await t.clock.advance(500)
  assert.strictEqual(t.world.views.top.instance.route, 'pages/home/home')
  assert.deepStrictEqual([t.session.takeQuery(), t.session.takeQuery()], ['tab=2', ''])
})

test('present replaces popup and page; what it leaves undone is STEP_REQUIRED', async () => {
  const asked = []
  const t = await app({ present: ({ missing }) => { asked.push(missing) } })
  const error = await t.error(t.session.mustAuth({ mustAuthStep: AuthStep.THREE }))
  assert.deepStrictEqual([asked, error.reason, error.data.missing], [[['profile', 'phone']], 'STEP_REQUIRED', ['profile', 'phone']])
  const closed = await app({ present: () => Promise.reject(new Error('closed')) })
  assert.strictEqual((await closed.error(closed.session.mustAuth())).reason, 'AUTH_CANCELLED')
})

test('after a login in place, which tells nothing of the user, the session is read first', async () => {
  const t = await app({}, { silent: true })
  await t.value(t.api.get('/api/a', null, { inPlace: true }))
  assert.strictEqual(t.session.user, null)
  for (const user of t.gateway.users.values()) user.nickname = 'Ming'
  await t.value(t.session.mustAuth())
  assert.strictEqual(t.session.user.nickname, 'Ming')
})

test('unbindPhone, reload and the session\'s questions', async () => {
  const t = await app()
  await t.value(t.session.updatePhone({ detail: { code: 'p' } }))
  assert.ok(t.session.hasPhone())
  await t.value(t.session.unbindPhone())
  assert.deepStrictEqual([t.session.hasPhone(), t.session.hasUnionId(), t.session.missing], [false, false, ['profile', 'phone']])
  for (const user of t.gateway.users.values()) user.nickname = 'elsewhere'
  await t.value(t.session.reload())
  assert.strictEqual(t.session.user.nickname, 'elsewhere')
  await t.value(t.session.updateUser({ detail: { nickName: 'old name of wx', errMsg: 'x' } }))
  assert.strictEqual(t.session.user.nickname, 'old name of wx')
})
