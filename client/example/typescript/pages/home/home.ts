import { MenshenError, withAuth } from '@menshen/client'
import { api } from '../../app'

interface Order { service: string, path: string }

Page({
  data: { result: '' },

  async order() {
    try {
      const order = await api.get<Order>('/api/orders/1')
      this.setData({ result: order.path })
    } catch (error) {
      if (error instanceof MenshenError && !error.isCancel) this.setData({ result: error.userMessage })
    }
  },

  buy: withAuth({ require: ['phone'] }, () => api.post('/api/orders', { item: 1 }))
})
