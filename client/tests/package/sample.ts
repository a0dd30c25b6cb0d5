// A strict sample of what apps write. It is compiled with and without a stub of global `wx`.
import { createMenshen, AuthDisplayMode, AuthStep, MenshenError, Status, mustAuth, withAuth } from '@menshen/client'

interface Order { id: number, title: string }

const api = createMenshen({ baseURL: { develop: 'http://127.0.0.1:8080', trial: 'https://t.example.com', release: 'https://example.com' } })

export async function orders(): Promise<string> {
  const order = await api.get<Order>('/api/orders/1', { full: true })
  const call = api.post<{ ok: boolean }>('/api/orders', order, { timeout: 8000, authorize: true, enableHttp2: true })
  setLater(() => call.abort())
  const { ok } = await call
  const photo = await api.upload<{ url: string }>('/api/photos', { filePath: 'wxfile://x', name: 'file', onProgress: () => {} })
  const { tempFilePath } = await api.download('/api/a.pdf')
  const socket = await api.connect('/live', { buffer: 10, heartbeat: { interval: 20000 } })
  socket.onMessage((data) => typeof data)
  socket.onState((state) => state === 'waiting')
  await api.stream('/api/s', { onChunk: (text) => text.length })
  return `${order.title} ${ok} ${photo.url} ${tempFilePath} ${socket.state}`
}

export function failed(error: unknown): string {
  if (!(error instanceof MenshenError) || error.isCancel) return ''
  switch (error.reason) {
    case 'LOGGED_OUT': return 'log in'
    case 'AUTH_STEP_REQUIRED': return String(error.data.missing)
    // @ts-expect-error the union knows its reasons
    case 'NO_SUCH_REASON': return ''
    default: return `${error.userMessage} ${error.code} ${error.status} ${error.requestId} ${error.retryAfter}`
  }
}

export async function session(): Promise<void> {
  const { session, interceptors } = api
  await session.login({ force: true })
  await session.mustAuth({ mustAuthStep: AuthStep.THREE, mode: AuthDisplayMode.PAGE })
  await session.mustAuth({ require: ['phone'] })
  // @ts-expect-error there is no such need
  await session.mustAuth({ require: ['address'] })
  const name: string | null = session.user && session.user.nickname
  const remove = session.onChange((user) => user && user.userId)
  remove()
  interceptors.request.use((request) => request)()
  interceptors.response.use(null, (error) => { throw error })
  const status: Status = api.status.login
  await status.must(() => name)
  const token: string | null = session.getToken()
  return token === null ? session.logout() : undefined
}

export class Cart {
  @mustAuth({ require: ['phone'] })
  buy(_event: unknown): void {}
}

export const page = { buy: withAuth({ mustAuthStep: AuthStep.TWO }, function (id: number) { return id }) }

declare function setLater(action: () => void): void
