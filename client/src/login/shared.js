/** All copies of this package with this number in the key understand each other's sessions. */
const KEY = '__menshen_client_1__'

const local = {}

/** Sessions by their names. An independent subpackage has no app of its own yet, so the default one is taken. */
function sessions() {
  let app
  try {
    app = getApp({ allowDefault: true })
  } catch (_) {
    // Not in a mini program.
  }
  return app ? app[KEY] || (app[KEY] = local) : local
}

/**
 * The one of its name among all copies of the package; the first copy makes it.
 * @template T
 * @param {string} id
 * @param {() => T} make
 * @returns {T}
 */
function join(id, make) {
  const all = sessions()
  return all[id] || (all[id] = make())
}

/** @returns {any} the first session of any copy */
function first() {
  const all = sessions()
  return all[Object.keys(all)[0]]
}

module.exports = { join, first }
