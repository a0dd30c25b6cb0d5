/** @param {string} path @param {Record<string, any>} [query] values that are undefined or null are left out @returns {string} */
function withQuery(path, query) {
  /** @type {Record<string, any>} */
  const given = query || {}
  const pairs = Object.keys(given).filter((name) => given[name] !== undefined && given[name] !== null)
    .map((name) => encodeURIComponent(name) + '=' + encodeURIComponent(given[name])).join('&')
  return pairs ? path + (path.indexOf('?') < 0 ? '?' : '&') + pairs : path
}

/**
 * The address of a call, and whether the token may go there: no other origin, and no segments that lead out of the base.
 * @param {string} base without a slash at its end
 * @param {string} path relative, or absolute
 * @returns {{ url: string, own: boolean }}
 */
function resolve(base, path) {
  const absolute = /^([a-z][a-z0-9+.-]*:|[\\/]{2})/i.test(path)
  const url = absolute ? path : base + (/^(\/|$)/.test(path) ? '' : '/') + path
  const rest = url.slice(base.length)
  return { url, own: url.indexOf(base) === 0 && /^([/?#]|$)/.test(rest) && !/[/\\](\.|%2e){2}([/\\?#]|$)/i.test(rest) }
}

/** @param {Record<string, any>} [header] @returns {Record<string, string>} with names in lower case */
function lowered(header) {
  /** @type {Record<string, string>} */
  const all = {}
  const given = header || {}
  for (const name of Object.keys(given)) all[name.toLowerCase()] = String(given[name])
  return all
}

/**
 * Whether a path is in a list: exact, with `*` at its end, or by a regular expression.
 * @param {(string | RegExp)[]} list
 * @param {string} path
 */
function listed(list, path) {
  const bare = path.split(/[?#]/)[0]
  return list.some((entry) => entry instanceof RegExp ? entry.test(bare)
    : entry.slice(-1) === '*' ? bare.indexOf(entry.slice(0, -1)) === 0 : bare === entry)
}

module.exports = { resolve, withQuery, lowered, listed }
