const { withQuery } = require('../foundation/url')
const { abortable } = require('../foundation/task')

/** The stack of pages holds ten. */
const STACK = 10

/** Navigation that never answers is over after this time. */
const LIMIT = 5000

/** @param {any} page @returns {string} its address with the query that it was opened with */
function addressOf(page) {
  // The values of `options` are encoded as they came.
  const query = Object.keys(page.options || {}).map((name) => name + '=' + page.options[name]).join('&')
  return '/' + page.route + (query && '?' + query)
}

/**
 * Opens the auth page on top of the present one, or in its place where the stack is full.
 * @param {any} host
 * @param {string} authPage
 * @returns {{ under: boolean, opened: any }} under: the present page stays
 */
function openAuthPage(host, authPage) {
  const pages = host.pages()
  const page = pages[pages.length - 1]
  const under = pages.length < STACK
  const url = withQuery(authPage, { backTo: page && addressOf(page) })
  return { under, opened: host.call(host.fn(under ? 'navigateTo' : 'redirectTo'), { url }, LIMIT) }
}

/**
 * Leaves the auth page: back to what lies under it, else to `backTo`. A tab page cannot be given a query, so it is kept.
 * @param {any} host
 * @param {boolean} under whether the page that asked lies under it
 * @param {string} backTo
 * @param {(query: string) => void} keep
 */
function leaveAuthPage(host, under, backTo, keep) {
  if (under || !backTo) return host.call(host.fn('navigateBack'), {}, LIMIT)
  const [path, query = ''] = backTo.split('?')
  return host.call(host.fn('redirectTo'), { url: backTo }, LIMIT).catch(() => {
    keep(query)
    return host.call(host.fn('switchTab'), { url: path }, LIMIT)
  })
}

/** Calls `action` once, before the page's own hook. */
function hook(page, name, action) {
  const own = page[name]
  page[name] = function () {
    page[name] = own
    action()
    return own && own.apply(this, arguments)
  }
}

/** Components are there when the page is ready; a page that is ready already does not say so again. */
function ready(host, page) {
  return abortable((resolve) => {
    const cancel = host.later(1000, resolve)
    hook(page, 'onReady', () => {
      cancel()
      resolve()
    })
    return cancel
  })
}

/** The auth page can be gone before its component lives, or have none. */
function whenGone(host, authPage, action) {
  const pages = host.pages()
  const page = pages[pages.length - 1]
  if (page && '/' + page.route === authPage) hook(page, 'onUnload', action)
  else action()
}

module.exports = { openAuthPage, leaveAuthPage, ready, whenGone }
