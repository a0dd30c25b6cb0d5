'use strict'

/** Ten requests at once; more wait. */
const PARALLEL = 10

const bytes = (text) => new TextEncoder().encode(text).buffer

/**
 * Requests, files and sockets of a phone. `serve(request)` gives what comes back: `{ status, header, data }`, or
 * `{ fail }`, `{ never: true }`, with `after` (ms), `twice`, `headersLate`, `chunks`.
 */
class PhoneNetwork {
  constructor(phone, serve) {
    this.phone = phone
    this.serve = serve
    this.online = true
    this.running = new Set()
    this.queue = []
    this.sockets = []
    this.files = new Map()
    /** The server's end of each socket. */
    this.onSocket = () => {}
  }

  functions() {
    return {
      request: (options) => this.start('request', options),
      uploadFile: (options) => this.start('uploadFile', options),
      downloadFile: (options) => this.start('downloadFile', options),
      connectSocket: (options) => this.connect(options),
      getFileSystemManager: () => ({
        readFile: ({ filePath, success, fail }) => this.phone.later(1, () => this.files.has(filePath)
          ? this.phone.deliver(success, { data: this.files.get(filePath) })
          : this.phone.deliver(fail, { errMsg: 'readFile:fail no such file' }))
      })
    }
  }

  start(kind, options) {
    const call = { kind, options, headers: [], chunks: [], progress: [], over: false }
    call.finish = (outcome, value) => {
      if (call.over) return
      call.over = true
      this.phone.clock.clearTimeout(call.timer)
      this.running.delete(call)
      this.phone.deliver(options[outcome], value)
      this.pump()
    }
    const task = {
      abort: () => call.finish('fail', { errMsg: `${kind}:fail abort` }),
      onHeadersReceived: (listener) => call.headers.push(listener)
    }
    if (kind === 'request' && options.enableChunked) task.onChunkReceived = (listener) => call.chunks.push(listener)
    if (kind !== 'request') task.onProgressUpdate = (listener) => call.progress.push(listener)
    this.queue.push(call)
    this.pump()
    return task
  }

  pump() {
    while (this.queue.length && this.running.size < PARALLEL) {
      const call = this.queue.shift()
      if (call.over) continue
      this.running.add(call)
      this.run(call)
    }
  }

  async run(call) {
    const { kind, options } = call
    const { phone } = this
    const fail = (failure) => call.finish('fail', Object.assign({ errMsg: `${kind}:fail` }, failure))
    call.timer = phone.later(options.timeout || 60000, () => fail({ errMsg: `${kind}:fail timeout`, errno: 5 }))
    if (!this.online) return phone.later(2, () => fail({ errMsg: `${kind}:fail net::ERR_INTERNET_DISCONNECTED`, errno: 600000 }))
    const { url, header = {}, method = kind === 'uploadFile' ? 'POST' : 'GET' } = options
    const data = kind === 'uploadFile' ? { filePath: options.filePath, name: options.name, formData: options.formData } : options.data
    const answer = await this.serve({ kind, url, method, header, data })
    if (answer.never) return
    const respond = () => {
      if (call.over) return
      if (answer.fail) return fail(answer.fail)
      this.deliver(call, answer)
    }
    if (answer.real) respond()
    else phone.later(answer.after || 10, respond)
  }

  deliver(call, answer) {
    const { kind, options, headers } = call
    const { phone } = this
    const { status = 200, header = {}, data = '', chunks } = answer
    const text = typeof data === 'string' ? data : JSON.stringify(data)
    const tell = () => headers.forEach((listener) => phone.deliver(listener, { header, statusCode: status }))
    if (!answer.headersLate && !answer.headersNever) tell()
    call.progress.forEach((listener) => phone.deliver(listener, { progress: 100 }))
    const pieces = options.enableChunked ? chunks || [bytes(text)] : []
    for (const piece of pieces) call.chunks.forEach((listener) => phone.deliver(listener, { data: piece }))
    if (answer.cut) return call.finish('fail', { errMsg: `${kind}:fail`, errno: 600001 })
    let result = { statusCode: status, errMsg: `${kind}:ok` }
    if (kind === 'request') {
      const value = options.responseType === 'arraybuffer' ? bytes(options.enableChunked ? '' : text) : jsonOrText(text)
      result = Object.assign(result, { header, data: value })
    } else if (kind === 'uploadFile') result.data = text
    else {
      result.tempFilePath = `wxfile://tmp_${this.files.size}`
      this.files.set(result.tempFilePath, text)
    }
    call.finish('success', result)
    if (answer.twice) phone.deliver(options.success, result)
    if (answer.headersLate) phone.later(answer.headersLate, tell)
  }

  /** The app has been in the background for five seconds. */
  interrupt() {
    for (const call of Array.from(this.running)) call.finish('fail', { errMsg: `${call.kind}:fail interrupted`, errno: 600003 })
  }

  connect(options) {
    const { phone } = this
    const listeners = { open: [], message: [], error: [], close: [] }
    const emit = (kind, value) => listeners[kind].forEach((listener) => phone.deliver(listener, value))
    const socket = {
      options, open: false, sent: [], over: false,
      accept: () => {
        if (socket.over) return
        socket.open = true
        emit('open', { header: {} })
      },
      refuse: () => {
        if (socket.over) return
        socket.over = true
        emit('error', { errMsg: 'connectSocket:fail' })
      },
      say: (data) => socket.open && emit('message', { data }),
      end: (code, reason = '') => {
        if (socket.over) return
        socket.over = true
        socket.open = false
        emit('close', { code, reason })
      }
    }
    this.sockets.push(socket)
    phone.later(3, () => this.online ? this.onSocket(socket) : socket.refuse())
    return {
      onOpen: (listener) => listeners.open.push(listener),
      onMessage: (listener) => listeners.message.push(listener),
      onError: (listener) => listeners.error.push(listener),
      onClose: (listener) => listeners.close.push(listener),
      send: ({ data, success, fail }) => {
        if (!socket.open) return phone.later(1, () => phone.deliver(fail, { errMsg: 'sendSocketMessage:fail' }))
        socket.sent.push(data)
        phone.later(1, () => phone.deliver(success, { errMsg: 'sendSocketMessage:ok' }))
      },
      close: ({ code, reason }) => {
        socket.closedBy = { code, reason }
        phone.later(1, () => socket.end(code || 1000, reason))
      }
    }
  }
}

/** wx.request gives JSON as a value, anything else as text. */
function jsonOrText(text) {
  try {
    return JSON.parse(text)
  } catch (_) {
    return text
  }
}

module.exports = { PhoneNetwork }
