const test = require('node:test')
const assert = require('node:assert')
const path = require('node:path')
const { readFolder, builtPackage } = require('../../runtime/files')
const { Clock } = require('../../runtime/clock')
const { Phone } = require('../../runtime/phone')
const { World } = require('../../runtime/world')
const { Gateway, BASE } = require('../support/gateway')
const { typescript } = require('../../scripts/types')

const ROOT = path.join(__dirname, '../..')

async function launch() {
  const clock = new Clock()
  const gateway = new Gateway(clock)
  gateway.routes['/api/flaky/500'] = () => gateway.failure(500, 30000, 'UPSTREAM_STATUS', false, false)
  const serve = (request) => gateway.serve(Object.assign({}, request, { url: request.url.replace('http://127.0.0.1:8080', BASE) }))
  const phone = new Phone({ clock, serve })
  const files = new Map([...readFolder(path.join(ROOT, 'example')), ...builtPackage(ROOT)])
  const world = new World({ files, phone, clock })
  world.launch()
  await clock.advance(100)
  return { clock, gateway, phone, world, hands: world.views.hands }
}

test('the example logs in at its start and makes its calls', async () => {
  const t = await launch()
  assert.strictEqual(t.gateway.logins, 1)
  for (const [button, shown] of [['.order', /api\/orders\/1/], ['.many', /30 orders/], ['.flaky', /30000/]]) {
    t.hands.tap(button)
    await t.clock.advance(2000)
    assert.match(t.hands.text(), shown)
  }
  t.hands.tap('.buy')
  await t.clock.advance(100)
  t.hands.answers.getPhoneNumber.push({ code: 'p' })
  t.hands.tap('.phone')
  await t.clock.advance(100)
  assert.match(t.hands.text(), /"\/api\/orders"/)
  assert.deepStrictEqual([...t.phone.unknown], [])
})

test('its profile page walks the steps, in a popup and as a page, logs out and in', async () => {
  const t = await launch()
  t.phone.wx.switchTab({ url: '/pages/profile/profile' })
  await t.clock.advance(100)
  assert.match(t.hands.text(), /u_one/)
  t.hands.tap('.complete')
  await t.clock.advance(100)
  t.hands.type('input', 'Ming')
  t.hands.tap('.submit')
  await t.clock.advance(100)
  t.hands.tap('.leave')
  await t.clock.advance(100)
  assert.match(t.hands.text(), /Ming/)
  t.hands.tap('.page')
  await t.clock.advance(100)
  assert.strictEqual(t.world.views.top.instance.route, 'pages/auth/auth')
  t.hands.answers.getPhoneNumber.push({ code: 'p' })
  t.hands.tap('.phone')
  await t.clock.advance(100)
  assert.strictEqual(t.world.views.top.instance.route, 'pages/profile/profile')
  t.hands.tap('.logout')
  await t.clock.advance(100)
  assert.match(t.hands.text(), /logged out/)
  t.hands.tap('.login')
  await t.clock.advance(100)
  assert.match(t.hands.text(), /Ming/)
})

test('its subpackage calls without a login', async () => {
  const t = await launch()
  t.gateway.script('/catalog/1', { data: { items: 3 } })
  t.hands.tap('.catalog')
  await t.clock.advance(100)
  assert.match(t.hands.text(), /"items":3/)
  assert.strictEqual(t.gateway.calls.pop().token, '')
})

const ts = typescript()
test('its TypeScript variant compiles in strict mode', { skip: ts ? false : 'typescript is not installed' }, () => {
  const compiler = { strict: true, noEmit: true, target: ts.ScriptTarget.ES2017, lib: ['lib.es2017.d.ts'], types: [], module: ts.ModuleKind.CommonJS,
    moduleResolution: ts.ModuleResolutionKind.NodeJs, baseUrl: ROOT, paths: { '@menshen/client': ['miniprogram_dist/index'] } }
  const stub = path.join(__dirname, 'wx.d.ts')
  const text = 'declare function App(options: object): void\n' +
    'declare function Page<T>(options: T & ThisType<T & { setData(data: object): void }>): void'
  const host = ts.createCompilerHost(compiler)
  const { readFile, fileExists, getSourceFile } = host
  host.fileExists = (name) => name === stub || fileExists(name)
  host.readFile = (name) => name === stub ? text : readFile(name)
  host.getSourceFile = (name, ...rest) => name === stub ? ts.createSourceFile(name, text, rest[0]) : getSourceFile(name, ...rest)
  const found = ts.getPreEmitDiagnostics(ts.createProgram([path.join(ROOT, 'example/typescript/pages/home/home.ts'), stub], compiler, host))
  assert.deepStrictEqual(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')), [])
})
