const test = require('node:test')
const assert = require('node:assert')
const fs = require('node:fs')
const path = require('node:path')

const TESTS = path.join(__dirname, '..')

test('the tests that docs/client-names.md names exist', () => {
  const text = fs.readFileSync(path.join(TESTS, '../../docs/client-names.md'), 'utf8')
  const rows = Array.from(text.matchAll(/^\| .* \| `([\w/.-]+\.js)`: (.*) \|$/gm))
  assert.ok(rows.length > 40)
  for (const [, file, title] of rows) {
    const source = fs.readFileSync(path.join(TESTS, file), 'utf8').replace(/\\'/g, "'")
    assert.ok(source.includes(`test('${title}'`), `${file}: ${title}`)
  }
})

test('the package has the names of the designs', () => {
  const menshen = require('../../miniprogram_dist')
  for (const name of ['createMenshen', 'Session', 'Status', 'MenshenError', 'AuthStep', 'AuthDisplayMode', 'withAuth', 'mustAuth']) assert.ok(menshen[name], name)
  assert.deepStrictEqual([menshen.REFRESH_LOGIN_FUSELINE_DEFAULT, menshen.AUTH_KEY_NAME], [3, 'Authorization'])
  assert.deepStrictEqual([menshen.AuthStep, menshen.AuthDisplayMode], [{ ONE: 1, TWO: 2, THREE: 3 }, { POPUP: 'button', PAGE: 'page' }])
  for (const name of ['login', 'ensureLogin', 'getToken', 'refreshLogin', 'refreshLoginFuse', 'clearSession', 'ensureSessionKey', 'mustAuth', 'currentAuthStep',
    'hasUser', 'hasUnionId', 'hasPhone', 'updateUser', 'updatePhone', 'unbindPhone', 'logout', 'reload', 'deleteUser', 'webViewUrl', 'onChange']) {
    assert.strictEqual(typeof menshen.Session.prototype[name], 'function', name)
  }
  const status = new menshen.Status('login')
  for (const name of ['ing', 'success', 'fail', 'reset', 'must', 'onceSuccess', 'onceFail', 'isIng', 'isSuccess', 'isFail']) assert.strictEqual(typeof status[name], 'function', name)
  assert.deepStrictEqual([menshen.Status.UN_START, menshen.Status.ING, menshen.Status.SUCCESS, menshen.Status.FAIL], [0, 1, 2, -1])
  const api = menshen.createMenshen({ baseURL: 'https://gateway.example.com' })
  for (const name of ['get', 'post', 'put', 'patch', 'del', 'delete', 'upload', 'download', 'stream', 'connect', 'prefetched', 'createHeader']) {
    assert.strictEqual(typeof api[name], 'function', name)
  }
})
