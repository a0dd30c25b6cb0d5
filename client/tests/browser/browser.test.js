const test = require('node:test')
const assert = require('node:assert')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { spawnSync } = require('node:child_process')
const { readFolder, builtPackage } = require('../../runtime/files')
const { bundle } = require('../../runtime/bundle')

const ROOT = path.join(__dirname, '../..')
const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((file) => fs.existsSync(file))

/** What is on the page after each step: the route, and texts of the mini program. */
const WALK = [
  ['home', 'pages/home/home', /An order/],
  ['order', 'pages/home/home', /api\/orders\/1/],
  ['profile', 'pages/profile/profile', /Complete your profile.*Avatar and nickname/],
  ['refusedName', 'pages/profile/profile', /Please enter your nickname/],
  ['phone', 'pages/profile/profile', /Phone number.*Use my phone number/],
  ['sheet', 'pages/profile/profile', /申请获取手机号/],
  ['refusedPhone', 'pages/profile/profile', /This needs your permission/],
  ['done', 'pages/profile/profile', /Ming.*Log out/],
  ['unbound', 'pages/auth/auth', /Complete your profile.*Phone number/],
  ['left', 'pages/profile/profile', /Ming/],
  ['again', 'pages/auth/auth', /Phone number/],
  ['back', 'pages/profile/profile', /Ming/]
]

function page() {
  const files = Object.fromEntries([...readFolder(path.join(ROOT, 'example')), ...builtPackage(ROOT)])
  const read = (name) => fs.readFileSync(path.join(__dirname, name), 'utf8')
  const safe = (text) => text.replace(/<\/script/g, '<\\/script')
  return `<!doctype html><meta charset="utf-8"><title>running</title><style>body { margin: 0 }</style>
<div id="phone" style="width: 100vw; height: 100vh"></div>
<script>${safe(bundle())}
const FILES = ${safe(JSON.stringify(files))}
const { Gateway } = ((module) => { ${read('../support/gateway.js')}; return module.exports })({ exports: {} })
${read('walk.js')}</script>`
}

test('the components in Chromium: the steps walked through by clicks', { skip: chromium ? false : 'chromium is not installed', timeout: 100000 }, async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'menshen-client-'))
  try {
    const file = path.join(folder, 'page.html')
    fs.writeFileSync(file, page())
    // SCREENSHOTS=folder keeps a picture of each step; without it only the end of the walk is looked at.
    const pictures = process.env.SCREENSHOTS
    for (const [step, route, text] of pictures ? WALK : WALK.slice(-1)) {
      await t.test(step, () => {
        const options = ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', `--user-data-dir=${folder}/profile`,
          '--virtual-time-budget=20000', '--window-size=390,844', ...(pictures ? [`--screenshot=${path.join(pictures, `${step}.png`)}`] : []),
          '--dump-dom', `file://${file}#${step}`]
        const run = spawnSync(chromium, options, { encoding: 'utf8', timeout: 60000 })
        const [, title] = /<title>([^<]*)/.exec(run.stdout) || []
        assert.strictEqual(title, `${route} | unknown: `, run.stderr.slice(0, 500))
        const shown = run.stdout.replace(/[\s\S]*<div id="phone"/, '').replace(/<script[\s\S]*/, '').replace(/<[^>]+>/g, ' ')
        assert.match(shown, text)
      })
    }
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
})
