const test = require('node:test')
const assert = require('node:assert')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { spawnSync } = require('node:child_process')
const { stale } = require('../../scripts/build')

const ROOT = path.join(__dirname, '../..')
const run = (command, ...options) => spawnSync(command, options, { cwd: ROOT, encoding: 'utf8' })

test('miniprogram_dist is what scripts/build makes of src', () => {
  assert.deepStrictEqual(stale(), [], 'run client/scripts/build')
})

test('what is shipped is at most 60 KB', () => {
  const { status, stdout } = run(path.join(ROOT, 'scripts/size'))
  assert.strictEqual(status, 0, stdout)
})

/** From top to bottom; a file uses its own layer and those below. */
const LAYERS = ['', 'components', 'auth', 'request', 'login', 'foundation', 'machines']

test('the arrows between the layers go downwards, and all modules are used', () => {
  const files = fs.readdirSync(path.join(ROOT, 'src'), { recursive: true }).filter((name) => name.endsWith('.js'))
  const used = new Set(['index.js'])
  const layer = (name) => LAYERS.indexOf(name.includes('/') ? name.split('/')[0] : '')
  for (const name of files) {
    assert.ok(layer(name) >= 0, name)
    const text = fs.readFileSync(path.join(ROOT, 'src', name), 'utf8')
    for (const [, to] of text.matchAll(/require\('([^']+)'\)/g)) {
      assert.match(to, /^\./, `${name} requires ${to}`)
      const target = path.join(path.dirname(name), to) + '.js'
      assert.ok(files.includes(target), `${name} requires ${to}`)
      assert.ok(layer(target) >= layer(name), `${name} requires ${to}`)
      used.add(target)
    }
    if (layer(name) === LAYERS.indexOf('machines')) assert.ok(!/\bwx\b|Date|setTimeout|Math\.random/.test(text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')), name)
  }
  assert.deepStrictEqual(files.filter((name) => !used.has(name) && !/components\/.*\/index/.test(name)), [])
})

test('only host.js and shared.js know wx and getApp', () => {
  for (const name of fs.readdirSync(path.join(ROOT, 'src'), { recursive: true }).filter((file) => file.endsWith('.js'))) {
    const text = fs.readFileSync(path.join(ROOT, 'src', name), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*|'[^'\n]*'/g, '')
    if (name === 'foundation/host.js' || name === 'login/shared.js') continue
    assert.ok(!/(?<![.\w])(wx|getApp|getCurrentPages)\b/.test(text), name)
  }
})

test('every text is there in both languages', () => {
  const { texts } = require('../../src/foundation/texts')
  const shape = (value) => typeof value === 'string' ? 'text' : Object.fromEntries(Object.keys(value).sort().map((key) => [key, shape(value[key])]))
  assert.deepStrictEqual(shape(texts('en')), shape(texts('zh-CN')))
  assert.strictEqual(texts('zh-CN').refreshing, '刷新登录态中')
})

test('components are four files each, with "component": true', () => {
  for (const name of ['user-container', 'phone-container', 'auth-flow', 'auth-popup', 'auth-page']) {
    const folder = path.join(ROOT, 'miniprogram_dist/components', name)
    const files = fs.readdirSync(folder).filter((file) => !file.endsWith('.d.ts')).sort()
    assert.deepStrictEqual(files.filter((file) => file !== 'index.wxss'), ['index.js', 'index.json', 'index.wxml'])
    assert.ok(files.includes('index.wxss') || name === 'none', name)
    assert.strictEqual(JSON.parse(fs.readFileSync(path.join(folder, 'index.json'), 'utf8')).component, true)
  }
})

test('npm pack gives exactly the files meant; unpacked they work by require', { skip: run('npm', '--version').error && 'npm is not installed' }, () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'menshen-client-'))
  try {
    const packed = run('npm', 'pack', '--json', '--silent', '--offline', '--pack-destination', folder)
    assert.strictEqual(packed.status, 0, packed.stderr)
    const [{ filename, files }] = JSON.parse(packed.stdout)
    const names = files.map((file) => file.path)
    const roots = new Set(names.map((name) => name.split('/')[0]))
    assert.deepStrictEqual([...roots].sort(), ['README.md', 'README.zh-CN.md', 'h5', 'miniprogram_dist', 'package.json', 'page-stub'])
    const shipped = fs.readdirSync(path.join(ROOT, 'miniprogram_dist'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length
    assert.strictEqual(names.filter((name) => name.startsWith('miniprogram_dist/')).length, shipped)
    const target = path.join(folder, 'node_modules/@menshen/client')
    fs.mkdirSync(target, { recursive: true })
    assert.strictEqual(run('tar', '-xzf', path.join(folder, filename), '--strip-components=1', '-C', target).status, 0)
    const script = "const { createMenshen } = require('@menshen/client'); const api = createMenshen({ baseURL: 'https://x.example.com' });" +
      "api.session.ensureLogin().catch((error) => console.log(error.reason))"
    const used = spawnSync(process.execPath, ['-e', script], { cwd: folder, encoding: 'utf8' })
    assert.deepStrictEqual([used.stdout.trim(), used.stderr], ['WX_LOGIN_FAILED', ''])
    const { dependencies, devDependencies, miniprogram } = JSON.parse(fs.readFileSync(path.join(target, 'package.json'), 'utf8'))
    assert.deepStrictEqual([dependencies, devDependencies, miniprogram], [undefined, undefined, 'miniprogram_dist'])
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
})
