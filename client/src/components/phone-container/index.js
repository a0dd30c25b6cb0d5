const { first } = require('../../login/shared')
const { phoneOf } = require('../../login/session')
const { plain } = require('../holder')

/** The phone button; fires `getphonenumber` with `{ code }`, `fail` with a refusal. Slot `fallback`: the quota is spent. */
Component({
  options: { multipleSlots: true },
  properties: { realtime: Boolean },
  data: { spent: false },
  methods: {
    got(event) {
      const { refusal } = phoneOf(event)
      if (!refusal) return this.triggerEvent('getphonenumber', event.detail)
      const error = first().ctx.failure(refusal.failure, refusal.reason)
      this.setData({ spent: error.reason === 'PHONE_QUOTA' })
      this.triggerEvent('fail', plain(error))
    }
  }
})
