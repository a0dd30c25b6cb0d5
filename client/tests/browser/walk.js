'use strict'
/* global MenshenRuntime, FILES, Gateway, document, location */
// Runs in the page: the example mini program on a phone made of elements, walked by clicks as a user makes them.
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Steps by their names; each is looked at when it is over. */
const STEPS = {
  home: async () => {},
  order: async (page) => page.click('.order'),
  profile: async (page) => {
    page.tab('Me')
    await wait(200)
    page.click('.complete')
  },
  refusedName: async (page) => {
    page.type('input', '微信用户')
    page.click('.submit')
  },
  phone: async (page) => {
    page.type('input', 'Ming')
    page.click('.submit')
  },
  sheet: async (page) => page.click('.phone'),
  refusedPhone: async (page) => page.sheet('拒绝'),
  done: async (page) => {
    page.click('.phone')
    await wait(100)
    page.sheet('允许')
  },
  unbound: async (page) => {
    await page.session().unbindPhone()
    page.click('.page')
  },
  left: async (page) => page.click('.leave'),
  again: async (page) => page.click('.page'),
  back: async (page) => {
    page.click('.phone')
    await wait(100)
    page.sheet('允许')
  }
}

async function walk() {
  const { World, Phone, RealClock, Dom } = MenshenRuntime
  const clock = new RealClock()
  const gateway = new Gateway(clock)
  const serve = (request) => gateway.serve(Object.assign({}, request, { url: request.url.replace('http://127.0.0.1:8080', 'https://gateway.example.com') }))
  const phone = new Phone({ clock, serve })
  const world = new World({ files: new Map(Object.entries(FILES)), phone, clock })
  const root = document.getElementById('phone')
  const dom = new Dom(world, root, root.clientWidth)
  const one = (selector) => {
    const found = root.querySelectorAll(selector)
    if (found.length !== 1) throw new Error(`${found.length} elements match ${selector}`)
    return found[0]
  }
  const named = (selector, text) => Array.from(root.querySelectorAll(selector)).find((element) => element.textContent === text)
  const page = {
    click: (selector) => one(selector).click(),
    tab: (text) => named('.wx-tabs button', text).click(),
    sheet: (text) => named('.wx-sheet button', text).click(),
    session: () => world.app.api.session,
    type: (selector, value) => {
      const input = one(selector)
      input.value = value
      input.dispatchEvent(new Event('input', { bubbles: true }))
    }
  }
  world.launch()
  const last = decodeURIComponent(location.hash.slice(1))
  for (const [name, step] of Object.entries(STEPS)) {
    await wait(150)
    await step(page)
    await wait(300)
    if (name === last) break
  }
  document.title = `${dom.world.views.top.instance.route} | unknown: ${[...phone.unknown].join(' ')}`
}

walk().catch((error) => { document.title = 'failed: ' + error.stack })
