import { createServer, type Socket } from 'node:net'
import { freePort } from '../../../support/free-port.ts'

/** A server that answers each statement with its version, and does nothing else. */
export function serverOfVersion(version: number) {
  return fakeServer((data, isFirst) => {
    if (isFirst) return [message('R', int32(0)), ready]
    if (data.includes('server_version_num')) return [row(version)]
    return data[0] === 'Q'.charCodeAt(0) ? [message('C', text('SET')), ready] : []
  })
}

/** A server that lets nobody in, and says why. */
export function refusingServer(code: string, why: string) {
  const parts = ['SFATAL', 'VFATAL', `C${code}`, `M${why}`].map(text)
  return fakeServer(() => [message('E', Buffer.concat([...parts, Buffer.from('\0')]))])
}

/** A server that wants a password. */
export function serverWithPasswords() {
  return fakeServer((data, isFirst) => {
    if (isFirst) return [message('R', Buffer.concat([int32(10), text('SCRAM-SHA-256'), Buffer.from('\0')]))]
    const nonce = data.toString().split('r=').at(-1) ?? ''
    return [message('R', Buffer.concat([int32(11), Buffer.from(`r=${nonce}more,s=c2FsdA==,i=4096`)]))]
  })
}

/** A server of PostgreSQL's protocol. The first message of a client has no letter: it starts a session. */
async function fakeServer(answer: (data: Buffer, isFirst: boolean) => Buffer[]) {
  const port = await freePort()
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    let isFirst = true
    socket.on('error', () => {})
    socket.on('data', (data) => {
      socket.write(Buffer.concat(answer(Buffer.from(data), isFirst)))
      isFirst = false
    })
  })
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done))
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((done) => server.close(done))
    },
  }
}

/** https://www.postgresql.org/docs/current/protocol-message-formats.html */
function message(letter: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(letter), int32(body.length + 4), body])
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function int16(value: number): Buffer {
  return int32(value).subarray(2)
}

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`)
}

const ready = message('Z', Buffer.from('I'))
const types = { integer: 23, text: 25 }

function row(version: number): Buffer {
  const columns = [
    ['version', types.integer, String(version)],
    ['database', types.text, 'x'],
    ['role', types.text, 'x'],
  ] as const
  const fields = columns.map(([name, type]) =>
    Buffer.concat([text(name), int32(0), int16(0), int32(type), int16(-1), int32(-1), int16(0)]),
  )
  const values = columns.map(([, , value]) => Buffer.concat([int32(value.length), Buffer.from(value)]))
  return Buffer.concat([
    message('T', Buffer.concat([int16(columns.length), ...fields])),
    message('D', Buffer.concat([int16(columns.length), ...values])),
    message('C', text('SELECT 1')),
    ready,
  ])
}
