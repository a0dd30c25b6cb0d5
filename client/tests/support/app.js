'use strict'

const path = require('node:path')
const { builtPackage } = require('../../runtime/files')
const { Clock } = require('../../runtime/clock')
const { Phone } = require('../../runtime/phone')
const { World } = require('../../runtime/world')
const { Gateway, BASE } = require('./gateway')
const { generator } = require('./random')

const PACKAGE = builtPackage(path.join(__dirname, '../..'))

/**
 * A mini program on a scripted phone behind a scripted gateway. `options` go to `createMenshen`; `setup` has what the
 * phone and the gateway get, and `files` of the mini program.
 */
function start(options = {}, setup = {}) {
  const clock = setup.clock || new Clock()
  const gateway = setup.gateway || new Gateway(clock, setup)
  const random = setup.random || generator(1)
  const phone = setup.phone || new Phone(Object.assign({ clock, serve: gateway.serve, random }, setup))
  const files = new Map([...PACKAGE, ...Object.entries(setup.files || {})])
  const world = new World({ files, phone, clock, random })
  const menshen = world.require('@menshen/client')
  const events = []
  const api = setup.without ? null : menshen.createMenshen(Object.assign({ baseURL: BASE, onEvent: (event) => events.push(event) }, options))
  const session = api && api.session
  /** Lets time pass until a promise is settled, and gives its value or error. */
  const outcome = async (promise, limit = 600000) => {
    let result = null
    promise.then((value) => { result = { value } }, (error) => { result = { error } })
    await clock.advance(0)
    for (let spent = 0; !result && spent < limit; spent += 50) await clock.advance(50)
    if (!result) throw new Error(`not settled after ${limit} ms`)
    return result
  }
  const value = async (promise, limit) => {
    const result = await outcome(promise, limit)
    if (result.error) throw result.error
    return result.value
  }
  const error = async (promise, limit) => {
    const result = await outcome(promise, limit)
    if (!result.error) throw new Error('it was not rejected')
    return result.error
  }
  return { clock, gateway, phone, world, menshen, api, session, events, outcome, value, error, random }
}

module.exports = { start, PACKAGE, BASE }
