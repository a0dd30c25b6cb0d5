const test = require('node:test')
const assert = require('node:assert')
const { resolve, withQuery, listed } = require('../../src/foundation/url')

const BASE = 'https://gateway.example.com/v1'

for (const [path, url] of [['/a', '/a'], ['a', '/a'], ['', ''], ['/a?x=1#f', '/a?x=1#f'], ['@evil.com', '/@evil.com'], ['.evil.com', '/.evil.com'],
  [BASE + '/a', '/a'], [BASE, ''], [BASE + '?x', '?x'], ['/a..b', '/a..b']]) {
  test(`${path} is the gateway's`, () => assert.deepStrictEqual(resolve(BASE, path), { url: BASE + url, own: true }))
}

for (const path of ['https://evil.com', 'https://gateway.example.com', 'https://gateway.example.com/v10', BASE + '.evil.com', BASE + '@evil.com', BASE + '\\evil',
  '//gateway.example.com/v1', '\\\\evil.com', 'HTTPS://gateway.example.com/v1', 'javascript:alert(1)', 'data:,x', 'wss://gateway.example.com/v1']) {
  test(`${path} is another's`, () => assert.strictEqual(resolve(BASE, path).own, false))
}

for (const path of ['/../secret', '/a/../../b', '/%2e%2e/b', '/.%2E/b', '..', 'a/..', '/a\\..\\b', BASE + '/../b']) {
  test(`${path} leads out of the base and gets no token`, () => assert.strictEqual(resolve(BASE, path).own, false))
}

test('a query is encoded, what is absent is left out', () => {
  assert.strictEqual(withQuery('/a', { b: 'ü&', c: null, d: undefined, e: 0 }), '/a?b=%C3%BC%26&e=0')
  assert.strictEqual(withQuery('/a?x=1', { b: 2 }), '/a?x=1&b=2')
  assert.strictEqual(withQuery('/a', undefined), '/a')
})

test('a list of paths: exact, with a star, by an expression', () => {
  const list = ['/a', '/b/*', /^\/c\d$/]
  assert.deepStrictEqual(['/a', '/a?x', '/ab', '/b/x', '/b', '/c1', '/cc'].map((path) => listed(list, path)), [true, true, false, true, false, true, false])
})
