const { abortable, task } = require('./task')
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
 * @property {Record<string, any>} extra options of wx that are passed through
 * @property {(header: Record<string, string>) => void} [onHeaders] may come after the end
 * @property {(progress: any) => void} [onProgress]
 * @property {(text: string) => void} [onChunk]
 * @property {boolean} [started] a chunk was passed on
 */

/** @typedef {{ status: number, header: Record<string, string>, data: any }} Answer */

/** wx's own time-out comes first; this one stands in for a callback that never comes. */
const MARGIN = 2000

/** Where `success` comes before `onHeadersReceived`, the headers get this long. */
const HEADERS = 300

const made = (header) => Boolean(header) && header['x-auth-envelope'] === '1'

/** @param {any} data text, bytes or a value @returns {any} JSON as a value, anything else as it is */
function parsed(data) {
  const text = data instanceof ArrayBuffer ? new Utf8().push(data) : data
  if (typeof text !== 'string') return data
  try {
    return JSON.parse(text)
  } catch (_) {
    return data
  }
}

/** Headers and progress of a task of wx. */
function watcher(host, out) {
  let wake = () => {}
  const seen = {
    /** @type {Record<string, string> | null} */
    header: null,
    possible: false,
    attach(running, watch) {
      seen.possible = Boolean(running.onHeadersReceived)
      if (seen.possible) {
        running.onHeadersReceived((received) => {
          seen.header = lowered(received.header)
          if (out.onHeaders) out.onHeaders(seen.header)
          wake()
        })
      }
      if (running.onProgressUpdate) {
        running.onProgressUpdate((progress) => {
          watch.touch()
          if (out.onProgress) out.onProgress(progress)
        })
      }
    },
    arrived: () => abortable((resolve) => {
      if (seen.header || !seen.possible) return resolve()
      wake = resolve
      return host.later(HEADERS, resolve)
    })
  }
  return seen
}

const options = (out, more) => Object.assign({}, out.extra, { url: out.url, header: out.header, timeout: out.timeout }, more)

/** One function for each kind of call; each gives an `Answer` or rejects with what wx reports. */
const kinds = {
  *request(host, transport, out) {
    const result = yield host.call(transport.request, options(out, { method: out.method, data: out.data }),
      out.timeout + MARGIN)
    const header = lowered(result.header)
    if (out.onHeaders) out.onHeaders(header)
    return { status: result.statusCode, header, data: made(header) ? parsed(result.data) : result.data }
  },

  *upload(host, transport, out) {
    const seen = watcher(host, out)
    const result = yield host.call(transport.uploadFile, options(out, { formData: out.data }), out.timeout + MARGIN, seen.attach)
    yield seen.arrived()
    return { status: result.statusCode, header: seen.header || {}, data: parsed(result.data) }
  },

  *download(host, transport, out) {
    const seen = watcher(host, out)
    const result = yield host.call(transport.downloadFile, options(out), out.timeout + MARGIN, seen.attach)
    yield seen.arrived()
    const header = seen.header || {}
    const { statusCode: status, tempFilePath, filePath } = result
    if (status < 400) return { status, header, data: { tempFilePath, filePath } }
    // The failure's body is in the file.
    const read = transport.readFile
    const file = read && (yield host.call(read, { filePath: filePath || tempFilePath, encoding: 'utf8' }, MARGIN)
      .catch(() => ({})))
    return { status, header, data: parsed(file && file.data) }
  },

  *stream(host, transport, out) {
    const decoder = new Utf8()
    const seen = watcher(host, out)
    let held = ''
    // Until the headers are there nobody knows whether this is an envelope.
    const pass = () => {
      if (!held || made(seen.header)) return
      const text = held
      held = ''
      out.started = true
      out.onChunk(text)
    }
    const attach = (running, watch) => {
      seen.attach(running, watch)
      if (!running.onChunkReceived) return
      running.onChunkReceived((chunk) => {
        watch.touch()
        held += decoder.push(chunk.data)
        if (seen.header) pass()
      })
    }
    const result = yield host.call(transport.request,
      options(out, { method: out.method, data: out.data, enableChunked: true, responseType: 'arraybuffer' }),
      out.timeout + MARGIN, attach)
    yield seen.arrived()
    seen.header = seen.header || lowered(result.header)
    held += decoder.end()
    if (made(seen.header) || result.statusCode >= 400) return { status: result.statusCode, header: seen.header, data: parsed(held) }
    pass()
    return { status: result.statusCode, header: seen.header, data: '' }
  }
}

/**
 * @param {any} host
 * @param {any} transport functions of wx's shape
 * @param {'request' | 'upload' | 'download' | 'stream'} kind
 * @param {Outgoing} out
 * @returns {import('./task').Abortable<Answer>}
 */
function send(host, transport, kind, out) {
  return task(kinds[kind](host, transport, out))
}

/** @param {any} host @param {any} given of the app: a function for requests alone, or an object @returns {any} */
function transportOf(host, given) {
  const own = typeof given === 'function' ? { request: given } : given || {}
  const all = {}
  for (const name of ['request', 'uploadFile', 'downloadFile', 'connectSocket']) {
    all[name] = own[name] ? own[name].bind(own) : host.fn(name)
  }
  const files = host.ask('getFileSystemManager')
  all.readFile = files && files.readFile.bind(files)
  return all
}

module.exports = { send, transportOf, made }
