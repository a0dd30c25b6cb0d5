const { first } = require('../login/shared')
const { nothing } = require('../foundation/task')

/** @typedef {import('./must-auth').MustAuthOptions & { session?: import('../login/session').Session }} DecoratorOptions */

/**
 * A method that runs when the user has given what it needs. Calls meanwhile share one run.
 * @template {(...args: any[]) => any} T
 * @param {DecoratorOptions} options
 * @param {T} method
 * @returns {(this: any, ...args: Parameters<T>) => Promise<any>}
 */
function withAuth(options, method) {
  const running = new WeakMap()
  return function () {
    const self = this || running
    const args = /** @type {any} */ (arguments)
    if (running.has(self)) return running.get(self)
    const session = options.session || first()
    const run = session.mustAuth(options).then(() => method.apply(this, args))
    running.set(self, run)
    const end = () => running.delete(self)
    // Events of a page have nobody who catches: a user who leaves is no fault.
    run.then(end, end).catch(nothing)
    return run
  }
}

/**
 * `@mustAuth()` for methods of classes, by TypeScript's decorators and by those of the language.
 * @param {DecoratorOptions} [options]
 * @returns {(target: any, context: any, descriptor?: any) => any}
 */
function mustAuth(options) {
  return (target, context, descriptor) => {
    if (!descriptor) return withAuth(options || {}, target)
    descriptor.value = withAuth(options || {}, descriptor.value)
    return descriptor
  }
}

module.exports = { withAuth, mustAuth }
