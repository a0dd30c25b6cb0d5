const { abortable, task, merge, nothing } = require('./task')
const { lowered } = require('./url')
const { Utf8 } = require('./utf8')

/**
 * A request as it goes out.
 * @typedef {object} Outgoing
 * @property {string} url
 * @property {string} method
 * @property {any} [data]
 * @property {Record<string, any>} header
 * @property {number} timeout
 * @property {Record<string, any>} [extra] options of wx that are passed through
 * @property {(header: Record<string, string>) => void} [onHeaders] may come after the end
 * @property {(progress: any) => void} [onProgress]
 * @property {(text: string) => void} [onChunk]
 * @property {boolean} [started] a chunk was passed on
 */

/** @typedef {{ status: number, header: Record<string, string>, data: any }} Answer */

/** @typedef {'request' | 'upload' | 'download' | 'stream'} Kind */

/** wx's own time-out comes first; this one stands in for a callback that never comes. */
const MARGIN = 2000

/** Where `success` comes before `onHeadersReceived`, the headers get this long. */
const HEADERS = 300

const FUNCTIONS = { request: 'request', stream: 'request', upload: 'uploadFile', download: 'downloadFile' }

/** @param {any} header @returns {boolean} whether the gateway itself made or wrapped the answer */
const made = (header) => Boolean(header) && header['x-auth-envelope'] === '1'

/** @param {any} text @returns {any} JSON as a value, anything else as it is */
function parsed(text) {
  try {
    return typeof text === 'string' ? JSON.parse(text) : text
  } catch (_) {
    return text
  }
}

/**
 * @param {any} host
 * @param {any} transport functions of wx's shape
 * @param {Kind} kind
 * @param {Outgoing} out
 * @returns {Generator<any, Answer, any>}
 */
function* exchange(host, transport, kind, out) {
  const { url, method, header, data, timeout, onHeaders = nothing, onProgress = nothing, onChunk = nothing } = out
  const stream = kind === 'stream'
  const decoder = new Utf8()
  let held = ''
  /** @type {any} */
  let received = null
  let wake = nothing
  let late = false
  // Until the headers are there nobody knows whether a chunk belongs to an envelope.
  const pass = () => {
    if (!held || !received || made(received)) return
    out.started = true
    onChunk(held)
    held = ''
  }
  const attach = (running, watch) => {
    const on = (name, listener) => Boolean(running[name]) && (running[name](listener), true)
    late = kind !== 'request' && on('onHeadersReceived', (event) => {
      received = lowered(event.header)
      onHeaders(received)
      wake()
    })
    if (kind !== 'request') on('onProgressUpdate', (progress) => {
      watch.touch()
      onProgress(progress)
    })
    if (stream) on('onChunkReceived', (chunk) => {
      watch.touch()
      held += decoder.push(chunk.data)
      pass()
    })
  }
  const result = yield host.call(transport[FUNCTIONS[kind]], merge({}, out.extra, { url, method, header, timeout },
    kind === 'upload' ? { formData: data } : { data }, stream && { enableChunked: true, responseType: 'arraybuffer' }),
  timeout + MARGIN, attach)
  if (late && !received) yield abortable((resolve) => {
    wake = resolve
    return host.later(HEADERS, resolve)
  })
  if (!received) {
    // Uploads and downloads tell their headers in the event alone.
    received = FUNCTIONS[kind] === 'request' ? lowered(result.header) : {}
    onHeaders(received)
  }
  const { statusCode: status, tempFilePath, filePath } = result
  const failed = status >= 400
  let body = result.data
  if (stream) {
    held += decoder.end()
    if (!failed) pass()
    body = held
  } else if (kind === 'download') {
    // A failure's body is in the file.
    body = !failed ? { tempFilePath, filePath } : transport.readFile && (yield host.call(transport.readFile,
      { filePath: filePath || tempFilePath, encoding: 'utf8' }, MARGIN).then((file) => file.data, nothing))
  } else if (body instanceof ArrayBuffer && (failed || made(received))) body = decoder.push(body)
  return { status, header: received, data: failed || made(received) || kind === 'upload' ? parsed(body) : body }
}

/**
 * @param {any} host
 * @param {any} transport
 * @param {Kind} kind
 * @param {Outgoing} out
 * @returns {import('./task').Abortable<Answer>}
 */
function send(host, transport, kind, out) {
  return task(exchange(host, transport, kind, out))
}

/** @param {any} host @param {any} given of the app: a function for requests alone, or an object @returns {any} */
function transportOf(host, given) {
  const own = typeof given === 'function' ? { request: given } : given || {}
  const files = host.ask('getFileSystemManager')
  const all = { readFile: files && files.readFile.bind(files) }
  for (const name of ['request', 'uploadFile', 'downloadFile', 'connectSocket']) {
    all[name] = own[name] ? own[name].bind(own) : host.fn(name)
  }
  return all
}

module.exports = { send, transportOf, made, parsed }
