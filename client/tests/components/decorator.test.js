const test = require('node:test')
const assert = require('node:assert')
const { app } = require('../support/pages')

test('withAuth runs the method when the user has given what it needs; two quick taps run it once', async () => {
  const t = await app()
  const runs = []
  const page = { buy: t.menshen.withAuth({ require: ['phone'] }, function (event) { runs.push([this === page, event]); return 'bought' }) }
  const taps = [page.buy('tap'), page.buy('tap')]
  await t.clock.advance(100)
  t.hands.answers.getPhoneNumber.push({ code: 'p' })
  t.hands.tap('.phone')
  assert.deepStrictEqual(await t.value(Promise.all(taps)), ['bought', 'bought'])
  assert.deepStrictEqual(runs, [[true, 'tap']])
  await t.value(page.buy('again'))
  assert.strictEqual(runs.length, 2)
})

test('a user who leaves: the method does not run, and nothing is unhandled', async () => {
  const t = await app()
  const page = { buy: t.menshen.withAuth({}, () => assert.fail()) }
  page.buy()
  await t.clock.advance(100)
  t.hands.tap('.leave')
  await t.clock.advance(100)
})

for (const way of ['TypeScript', 'the language']) {
  test(`@mustAuth() as a decorator of ${way}`, async () => {
    const t = await app()
    await t.value(t.session.updateUser({ nickname: 'Ming' }))
    const method = function (value) { return [this.name, value] }
    const decorate = t.menshen.mustAuth()
    let decorated
    if (way === 'TypeScript') {
      const descriptor = { value: method }
      decorated = decorate({}, 'buy', descriptor).value
    } else decorated = decorate(method, { kind: 'method', name: 'buy' })
    assert.deepStrictEqual(await t.value(decorated.call({ name: 'page' }, 5)), ['page', 5])
  })
}
