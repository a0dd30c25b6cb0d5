const { AuthDisplayMode, AuthStep } = require('@menshen/client')

const { session } = getApp().api
const ignore = () => {}

Page({
  data: { user: null, name: '' },

  onLoad() {
    this.update(session.user)
    this.remove = session.onChange((user) => this.update(user))
  },

  onUnload() {
    this.remove()
  },

  update(user) {
    this.setData({ user, name: user ? user.nickname || user.userId : 'logged out' })
  },

  complete() {
    session.mustAuth({ mustAuthStep: AuthStep.THREE }).catch(ignore)
  },

  page() {
    session.mustAuth({ mustAuthStep: AuthStep.THREE, mode: AuthDisplayMode.PAGE }).catch(ignore)
  },

  logout() {
    session.logout()
  },

  login() {
    session.login().catch(ignore)
  }
})
