/** How much a user has given: only logged in; the profile; the phone number too. */
const AuthStep = { ONE: 1, TWO: 2, THREE: 3 }

/**
 * Where a step is shown.
 * @type {{ POPUP: 'button', PAGE: 'page' }}
 */
const AuthDisplayMode = { POPUP: 'button', PAGE: 'page' }

/**
 * What a step needs, in the order in which it is asked for.
 * @param {number | import('../login/session').Need[]} wanted a step, or the needs themselves
 * @returns {import('../login/session').Need[]}
 */
function needsOf(wanted) {
  if (Array.isArray(wanted)) return wanted
  return /** @type {any} */ (['profile', 'phone'].slice(0, wanted - 1))
}

/** @param {any} session @param {number | any[]} wanted @returns {import('../login/session').Need[]} */
function missingOf(session, wanted) {
  return needsOf(wanted).filter((need) => session.missing.indexOf(need) >= 0)
}

module.exports = { AuthStep, AuthDisplayMode, needsOf, missingOf }
