// An independent subpackage has its own copy of the package when it is opened first: run 构建 npm for it too, or pass `api`
// on by getApp. Here the main package's copy is there.
const { api } = getApp({ allowDefault: true })

Page({
  data: { result: '' },

  onLoad() {
    if (!api) return
    api.get('/catalog/1', null, { needLogin: false }).then(
      (value) => this.setData({ result: JSON.stringify(value) }),
      (error) => this.setData({ result: error.userMessage }))
  }
})
