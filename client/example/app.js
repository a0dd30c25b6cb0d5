const { createMenshen } = require('@menshen/client')

// `menshen demo` of the repository listens here.
const api = createMenshen({ baseURL: 'http://127.0.0.1:8080', language: 'en', logger: console })

App({
  api,
  status: api.status,

  onLaunch() {
    api.session.ensureLogin().catch(() => {})
  }
})
