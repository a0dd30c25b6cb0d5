const { withAuth } = require('@menshen/client')

const { api } = getApp()

Page({
  data: { result: '' },

  order() {
    return this.show(api.get('/api/orders/1'))
  },

  many() {
    const calls = Array.from({ length: 30 }, (_, number) => api.get('/api/orders/' + number))
    return this.show(Promise.all(calls).then((orders) => orders.length + ' orders'))
  },

  flaky() {
    return this.show(api.get('/api/flaky/500'))
  },

  buy: withAuth({ require: ['phone'] }, function () {
    return this.show(api.post('/api/orders', { item: 1 }))
  }),

  catalog() {
    wx.navigateTo({ url: '/catalog/list/list' })
  },

  show(call) {
    const show = (value) => this.setData({ result: typeof value === 'string' ? value : JSON.stringify(value) })
    return call.then(show, (error) => show(error.isCancel ? '' : error.code + ' ' + error.userMessage))
  }
})
