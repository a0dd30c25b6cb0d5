import { createMenshen } from '@menshen/client'

export const api = createMenshen({ baseURL: 'http://127.0.0.1:8080', language: 'en' })

App({
  onLaunch() {
    api.session.ensureLogin().catch(() => {})
  }
})
