Page({
  data: { backTo: '' },

  onLoad({ backTo }) {
    this.setData({ backTo: backTo ? decodeURIComponent(backTo) : '' })
  }
})
