const UN_START = 0
const ING = 1
const SUCCESS = 2
const FAIL = -1

/** The state of something that runs, succeeds or fails, and can run again. */
class Status {
  /** @param {string} name for messages */
  constructor(name) {
    this.name = name
    /** @type {number} UN_START, ING, SUCCESS or FAIL */
    this.status = UN_START
    /** @type {any} what `fail` was called with */
    this.error = null
    /** @private @type {{ value: number, listener: Function }[]} */
    this.once = []
  }

  ing() {
    this.change(ING)
  }

  /** @param {any} [value] */
  success(value) {
    this.change(SUCCESS, value)
  }

  /** @param {any} [error] */
  fail(error) {
    this.error = error
    this.change(FAIL, error)
  }

  /** Back to the beginning. Listeners stay. */
  reset() {
    this.error = null
    this.status = UN_START
  }

  isIng() {
    return this.status === ING
  }

  isSuccess() {
    return this.status === SUCCESS
  }

  isFail() {
    return this.status === FAIL
  }

  /**
   * Waits for the success: at once if it is there, rejected if it failed.
   * @param {() => void} [callback] called at the success
   * @returns {Promise<void>}
   */
  must(callback) {
    const over = this.status === SUCCESS ? Promise.resolve() : this.status === FAIL ? Promise.reject(this.error) :
      new Promise((/** @type {any} */ resolve, reject) => {
        const remove = [this.onceSuccess(() => { remove[1](); resolve() }),
          this.onceFail((error) => { remove[0](); reject(error) })]
      })
    return over.then(() => callback && callback())
  }

  /** @param {(value?: any) => void} listener called at the next success @returns {() => void} removes it */
  onceSuccess(listener) {
    return this.listen(SUCCESS, listener)
  }

  /** @param {(error?: any) => void} listener called at the next failure @returns {() => void} removes it */
  onceFail(listener) {
    return this.listen(FAIL, listener)
  }

  /** @private @returns {() => void} */
  listen(value, listener) {
    const entry = { value, listener }
    this.once.push(entry)
    return () => { this.once = this.once.filter((other) => other !== entry) }
  }

  /** @private */
  change(status, value) {
    this.status = status
    const due = this.once.filter((entry) => entry.value === status)
    this.once = this.once.filter((entry) => entry.value !== status)
    due.forEach((entry) => entry.listener(value))
  }
}

Status.UN_START = UN_START
Status.ING = ING
Status.SUCCESS = SUCCESS
Status.FAIL = FAIL

module.exports = { Status, UN_START, ING, SUCCESS, FAIL }
