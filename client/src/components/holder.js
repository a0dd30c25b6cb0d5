const { first } = require('../login/shared')

/** An error as the detail of an event, which is copied. */
function plain({ reason, code, errno, message, userMessage, requestId }) {
  return { reason, code, errno, message, userMessage, requestId }
}

/** What popup and page have in common: they hold a flow for a request, and settle it. */
const holder = {
  /** @param {any} self @param {any} request of `mustAuth` */
  start(self, request) {
    self.request = request
    self.problem = null
    const flow = self.selectComponent('#flow')
    // The page can be gone meanwhile.
    if (!flow) return holder.drop(self)
    flow.session = request.session
    flow.setMustAuthStep(request.wanted)
    flow.nextStep()
  },

  /** @param {any} self @returns {any} why the user left */
  reason(self) {
    const { ctx } = first()
    return self.problem ? ctx.fail(self.problem.reason, self.problem) : ctx.fail('AUTH_CANCELLED')
  },

  /**
   * Nobody is left to answer.
   * @param {any} self
   */
  drop(self) {
    if (self.request) self.request.settle(holder.reason(self))
  }
}

module.exports = { plain, holder }
