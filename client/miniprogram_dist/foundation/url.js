/** Left out of a query. */
const absent = (value) => value === undefined || value === null

/** @param {string} path @param {Record<string, any>} [query] @returns {string} */
function withQuery(path, query) {
  const pairs = Object.keys(query || {}).filter((name) => !absent(query[name]))
    .map((name) => encodeURIComponent(name) + '=' + encodeURIComponent(query[name]))
  if (!pairs.length) return path
  const [address, fragment] = path.split('#')
  return address + (address.indexOf('?') < 0 ? '?' : '&') + pairs.join('&') + (fragment === undefined ? '' : '#' + fragment)
}

/**
 * The address of a call, and whether the token may go there.
 * @param {string} base without a slash at its end
 * @param {string} path relative, or absolute
 * @returns {{ url: string, own: boolean }}
 */
function resolve(base, path) {
  if (/^[a-z][a-z0-9+.-]*:/i.test(path) || /^[\\/]{2}/.test(path)) {
    const rest = path.slice(base.length)
    return { url: path, own: path.indexOf(base) === 0 && /^([/?#]|$)/.test(rest) && !climbs(rest) }
  }
  const url = base + (path[0] === '/' || path === '' ? '' : '/') + path
  return { url, own: !climbs(path) }
}

/** Segments that lead out of the base path, in any spelling. */
function climbs(path) {
  return /(^|[/\\])(\.|%2e){2}([/\\?#]|$)/i.test(path)
}

/** @param {Record<string, any>} [header] @returns {Record<string, string>} with names in lower case */
function lowered(header) {
  /** @type {Record<string, string>} */
  const all = {}
  for (const name of Object.keys(header || {})) all[name.toLowerCase()] = String(header[name])
  return all
}

/**
 * Whether a path is in a list: exact, with `*` at its end, or by a regular expression.
 * @param {(string | RegExp)[] | undefined} list
 * @param {string} path
 */
function listed(list, path) {
  const bare = path.split(/[?#]/)[0]
  return (list || []).some((entry) => {
    if (typeof entry !== 'string') return entry.test(bare)
    const star = entry.replace(/\*+$/, '')
    return star === entry ? bare === entry : bare.indexOf(star) === 0
  })
}

module.exports = { resolve, withQuery, lowered, listed }
