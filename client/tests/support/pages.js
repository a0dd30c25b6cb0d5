'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { start } = require('./app')

const STUB = path.join(__dirname, '../../page-stub')
const stub = (name) => fs.readFileSync(path.join(STUB, name), 'utf8')

const POPUP = '<auth-popup id="auth-popup"><view class="fallback">{{other}}</view></auth-popup>'

/** A mini program of three pages with the components; `setup.popup` is what the home page has. */
async function app(options = {}, setup = {}) {
  const popup = setup.popup === undefined ? POPUP : setup.popup
  const page = JSON.stringify({ usingComponents: { 'auth-popup': '@menshen/client/components/auth-popup/index' } })
  const home = setup.onLoad
    ? 'Page({ data: { other: "by mail" }, onLoad() { getApp().api.session.mustAuth().catch(() => {}) }, onReady() { this.ready = true } })'
    : 'Page({ data: { other: "by mail" } })'
  const files = {
    'app.json': JSON.stringify({ pages: ['pages/home/home', 'pages/cart/cart', 'pages/auth/auth'], tabBar: { list: [{ pagePath: 'pages/home/home' }] } }),
    'pages/home/home.js': home, 'pages/home/home.json': page, 'pages/home/home.wxml': `<view class="home"></view>${popup}`,
    'pages/cart/cart.js': 'Page({ data: { other: "" } })', 'pages/cart/cart.json': page, 'pages/cart/cart.wxml': POPUP,
    'pages/auth/auth.js': stub('auth.js'), 'pages/auth/auth.json': stub('auth.json'), 'pages/auth/auth.wxml': stub('auth.wxml')
  }
  const t = start(options, Object.assign({ files }, setup))
  t.hands = t.world.views.hands
  t.world.views.configure(JSON.parse(files['app.json']))
  t.world.startApp({ api: t.api })
  t.world.views.open(setup.url || '/pages/home/home')
  if (!setup.silent) await t.value(t.session.login())
  await t.clock.advance(100)
  return t
}

module.exports = { app }
