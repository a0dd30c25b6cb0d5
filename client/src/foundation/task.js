const { MenshenError } = require('./errors')

/**
 * A promise that can be given up. `abort()` rejects it at once with ABORTED.
 * @template T
 * @typedef {Promise<T> & { abort: () => void }} Abortable
 */

/** @type {(...ignored: any[]) => any} */
const nothing = () => {}

/** @type {(target: any, ...sources: any[]) => any} */
const merge = Object.assign

/**
 * Runs a generator that yields promises, as an async function runs with `await`. `abort()` reaches the step that is
 * waited for, if it has an `abort` of its own, and runs the `finally` blocks.
 * @template T
 * @param {Generator<any, T, any>} steps
 * @returns {Abortable<T>}
 */
function task(steps) {
  let current = null
  let over = false
  let abort = nothing
  const leave = () => {
    if (current && current.abort) current.abort()
    steps.return(/** @type {any} */ (undefined))
  }
  const promise = new Promise((resolve, reject) => {
    let running = false
    const go = (method, value) => {
      if (over) return
      let turn
      running = true
      try {
        turn = steps[method](value)
      } catch (error) {
        over = true
        return reject(error)
      } finally {
        running = false
      }
      current = turn.done ? null : turn.value
      // A step can abort the task that it belongs to.
      if (over) return leave()
      if (turn.done) {
        over = true
        return resolve(turn.value)
      }
      Promise.resolve(current).then((next) => go('next', next), (error) => go('throw', error))
    }
    abort = () => {
      if (over) return
      over = true
      reject(new MenshenError({ reason: 'ABORTED' }))
      if (!running) leave()
    }
    go('next')
  })
  return merge(promise, { abort })
}

/**
 * A promise with `abort()` from an executor that returns what abort does.
 * @template T
 * @param {(resolve: (value?: any) => void, reject: (error: any) => void) => void | (() => void)} executor
 * @returns {Abortable<T>}
 */
function abortable(executor) {
  let abort = nothing
  const promise = new Promise((resolve, reject) => {
    const stop = executor(resolve, reject) || nothing
    abort = () => {
      reject(new MenshenError({ reason: 'ABORTED' }))
      stop()
    }
  })
  return merge(promise, { abort })
}

module.exports = { task, abortable, nothing, merge }
