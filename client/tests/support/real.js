'use strict'

const fs = require('node:fs')
const http = require('node:http')
const os = require('node:os')
const path = require('node:path')
const { spawn } = require('node:child_process')

const ROOT = path.join(__dirname, '../../..')

/** The gateway's binary: of MENSHEN, or what was built here. */
function binary() {
  return [process.env.MENSHEN, ...['release', 'debug'].map((kind) => path.join(ROOT, '.build', kind, 'menshen'))]
    .find((file) => file && fs.existsSync(file))
}

/** Starts a process, and gives the output in which `ready` is found. */
function launch(processes, file, options, ready) {
  const child = spawn(file, options, { stdio: ['ignore', 'pipe', 'pipe'] })
  processes.push(child)
  return new Promise((resolve, reject) => {
    let text = ''
    const heard = (piece) => {
      text += piece
      const match = ready.exec(text)
      if (match) resolve({ match, child })
    }
    child.stdout.on('data', heard)
    child.stderr.on('data', heard)
    child.on('exit', (code) => reject(new Error(`${options[0]} ended with ${code}:\n${text}`)))
  })
}

/** The port that a process listens on: the kernel chose it, and the log does not tell it. */
function listeningPort(pid) {
  const inodes = new Set()
  for (const name of fs.readdirSync(`/proc/${pid}/fd`)) {
    const found = /^socket:\[(\d+)\]$/.exec(fs.readlinkSync(`/proc/${pid}/fd/${name}`))
    if (found) inodes.add(found[1])
  }
  for (const line of fs.readFileSync(`/proc/${pid}/net/tcp`, 'utf8').split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/)
    if (fields[3] === '0A' && inodes.has(fields[9])) return parseInt(fields[1].split(':')[1], 16)
  }
  throw new Error('it does not listen')
}

/** One request over HTTP: what `PhoneNetwork` expects of a server. */
function fetchOver(request) {
  const { url, method, header, data, kind } = request
  return new Promise((resolve) => {
    let body
    const headers = {}
    for (const name of Object.keys(header)) headers[name] = header[name]
    if (kind === 'uploadFile') {
      headers['content-type'] = 'multipart/form-data; boundary=b'
      body = `--b\r\ncontent-disposition: form-data; name="${data.name}"; filename="f"\r\n\r\nbytes\r\n--b--\r\n`
    } else if (data !== undefined && method !== 'GET') body = typeof data === 'string' ? data : JSON.stringify(data)
    if (body !== undefined) headers['content-length'] = Buffer.byteLength(body)
    const sent = http.request(url, { method, headers, agent: false }, (response) => {
      const pieces = []
      response.on('data', (piece) => pieces.push(piece))
      response.on('end', () => resolve({ real: true, status: response.statusCode, header: response.headers, data: Buffer.concat(pieces).toString() }))
    })
    sent.on('error', (error) => resolve({ real: true, fail: { errMsg: `request:fail ${error.message}` } }))
    sent.end(body)
  })
}

/**
 * Gateways before `x-auth-envelope` are told by the request id, which their envelope and their header have alike. A
 * gateway that sends the header is left as it is.
 */
function withEnvelopeHeader(answer) {
  if (answer.fail || answer.header['x-auth-envelope']) return answer
  const own = new RegExp(`"requestId":"${answer.header['x-request-id']}"`).test(answer.data) || /^\{"code":10000,"msg":"Success!"/.test(answer.data)
  return own ? Object.assign({}, answer, { header: Object.assign({ 'x-auth-envelope': '1' }, answer.header) }) : answer
}

/** The stand-in for WeChat, a service of the test and the gateway, on ports of the kernel. */
async function realGateway(service, lifetime = '2s') {
  const processes = []
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'menshen-client-'))
  const server = http.createServer(service)
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const stop = async () => {
    for (const child of processes) {
      child.removeAllListeners('exit')
      const gone = new Promise((resolve) => child.on('exit', resolve))
      child.kill('SIGKILL')
      await gone
    }
    await new Promise((resolve) => { server.close(resolve); server.closeAllConnections() })
    fs.rmSync(folder, { recursive: true })
  }
  try {
    const { match } = await launch(processes, binary(), ['wechat-stand-in', '--port', '0'], /on (http:\/\/127\.0\.0\.1:\d+)/)
    const file = path.join(folder, 'routes.json')
    const secret = (name) => ({ value: `test-only-${name}-of-at-least-thirty-two-bytes` })
    fs.writeFileSync(file, JSON.stringify({
      listeners: [{ address: '127.0.0.1:0' }],
      wechat: { baseURL: match[1], apps: [{ appId: 'wx4f4bc4dec97d474b', secret: secret('app-secret') }] },
      tokens: { issuer: 'https://gateway.example.com', lifetime, signingKeys: [{ id: 't', algorithm: 'HS256', secret: secret('signing-key') }] },
      sessions: { store: `sqlite:${folder}/sessions.sqlite`, encryptionKey: secret('session-key') },
      users: { idKey: secret('id-key') },
      services: { service: { targets: [`http://127.0.0.1:${server.address().port}`] } },
      routes: [
        { path: '/api/**', service: 'service' },
        { path: '/wrapped/**', service: 'service', success: 'wrap' },
        { path: '/phone/**', service: 'service', require: ['phone'] },
        { path: '/plain/**', service: 'service', failures: 'none' },
        { path: '/open/**', service: 'service', auth: 'none' }
      ]
    }))
    const { child } = await launch(processes, binary(), ['run', '--config', file], /serving/)
    return { standIn: match[1], base: `http://127.0.0.1:${listeningPort(child.pid)}`, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

module.exports = { binary, realGateway, fetchOver, withEnvelopeHeader }
