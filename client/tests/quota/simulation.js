'use strict'
// How many calls of wx.login and wx.checkSession a day of page views costs. WeChat allows twice the page views, both
// together, for the whole app. Run by itself it prints the table of docs/client-design.md.
const { SessionMachine } = require('../../src/machines/session')
const { generator } = require('../support/random')

const MINUTE = 60000
const HOUR = 60 * MINUTE
const LIFE = 2 * HOUR
const USERS = 1000

/** A day of one user: visits, each with its page views; two thirds come in the evening or at noon. */
function day(random) {
  const visits = []
  const count = 1 + Math.floor(random() * random() * 8)
  for (let visit = 0; visit < count; visit++) {
    const hour = random() < 0.65 ? (random() < 0.5 ? 12 : 20) + random() * 2 : 7 + random() * 16
    visits.push(hour * HOUR)
  }
  return visits.sort((a, b) => a - b).map((begin) => {
    const views = []
    let time = begin
    for (let view = 0; view < 1 + Math.floor(random() * 8); view++) {
      views.push(time)
      time += (10 + random() * 110) * 1000
    }
    return views
  })
}

/** This package: a login only where no good token is stored; renewal in the last quarter of its life where it is on. */
function menshen(visits, renewal) {
  const machine = new SessionMachine()
  let logins = 0
  for (const now of [].concat(...visits)) {
    const verdict = machine.want(now, {}, {})
    if (verdict.do === 'lead') {
      logins += 1
      machine.land(verdict.flight, `t${logins}`, LIFE, now)
    }
    const age = now - machine.receivedAt
    if (renewal && age > LIFE * 0.75) machine.renew(machine.stamp(), `r${now}`, LIFE, now)
  }
  return logins
}

/** weRequest's way: wx.checkSession at each start, and a login where the key or the session is gone. */
function weRequest(visits) {
  let calls = 0
  let until = -1
  for (const [begin] of visits) {
    calls += 1
    if (begin > until) calls += 1
    until = Math.max(until, begin > until ? begin + LIFE : until)
  }
  return calls
}

/** The plainest way: a login at each start, and one at expiry. */
function eachStart(visits) {
  return visits.length
}

function simulate(seed = 1) {
  const random = generator(seed)
  const total = { views: 0, renewed: 0, plain: 0, weRequest: 0, eachStart: 0 }
  for (let user = 0; user < USERS; user++) {
    const visits = day(random)
    total.views += [].concat(...visits).length
    total.renewed += menshen(visits, true)
    total.plain += menshen(visits, false)
    total.weRequest += weRequest(visits)
    total.eachStart += eachStart(visits)
  }
  return Object.assign(total, { quota: 2 * total.views })
}

module.exports = { simulate }

if (require.main === module) {
  const { views, quota, renewed, plain, weRequest: checked, eachStart: started } = simulate()
  const share = (calls) => `${calls} | ${(100 * calls / quota).toFixed(1)} %`
  console.log(`${USERS} users, ${views} page views, quota ${quota}\n`)
  console.log(`| way | calls | of the quota |\n| --- | --- | --- |`)
  console.log(`| this package, renewal on | ${share(renewed)} |\n| this package, renewal off | ${share(plain)} |`)
  console.log(`| checkSession at each start, as weRequest | ${share(checked)} |\n| a login at each start | ${share(started)} |`)
}
