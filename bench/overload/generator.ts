// Sends requests in a process of its own, over plain sockets: on the machine of the server it must cost little.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type Load, loadSchema, type Outcome } from './load.ts'

const endOfHead = Buffer.from('\r\n\r\n')
const lengthName = Buffer.from('content-length: ')
/** Requests that are due are sent in batches, so often. */
const batchMs = 2
/** How long the last responses are waited for. */
const graceMs = 5000
const openedAtOnce = 50

process.on('message', (message) => void run(loadSchema.parse(message)).then((outcome) => process.send?.(outcome)))
process.on('disconnect', () => process.exit())

async function run(load: Load): Promise<Outcome> {
  const outcome: Outcome = { answered: [], shed: [], failed: 0 }
  const requests = load.requests.map((request) => Buffer.from(request))
  const idle: Connection[] = []
  let startedAt = 0
  let endsAt = 0
  let sent = 0
  let done = 0
  const answeredBy = (connection: Connection, status: number, dueAt: number) => {
    const now = performance.now()
    done++
    if (status === 200) outcome.answered.push([(now - startedAt) / 1000, now - dueAt])
    else if (status === 503) outcome.shed.push(now - dueAt)
    else outcome.failed++
    idle.push(connection)
    if (load.perSecond === 0 && now < endsAt) sendNext(now)
  }
  const lostBy = (isWaiting: boolean) => {
    if (!isWaiting) return
    done++
    outcome.failed++
  }
  function sendNext(dueAt: number): void {
    sent++
    let connection = idle.pop()
    while (connection?.isClosed) connection = idle.pop()
    if (connection) {
      connection.send(requests[sent % requests.length] ?? Buffer.alloc(0), dueAt)
      return
    }
    done++
    outcome.failed++
  }
  for (let opened = 0; opened < load.connections; opened += openedAtOnce) {
    const count = Math.min(openedAtOnce, load.connections - opened)
    const socket = (_: unknown, at: number) => opening(new URL(load.urls[at % load.urls.length] ?? ''))
    const sockets = await Promise.all(Array.from({ length: count }, socket))
    idle.push(...sockets.map((each) => new Connection(each, answeredBy, lostBy)))
  }
  startedAt = performance.now()
  endsAt = startedAt + load.seconds * 1000
  if (load.perSecond === 0) for (let each = 0; each < load.connections; each++) sendNext(performance.now())
  else await sendEvenly(load.perSecond, startedAt, endsAt, sendNext)
  while (performance.now() < endsAt || (done < sent && performance.now() < endsAt + graceMs)) await pause(batchMs)
  outcome.failed += sent - done
  for (const connection of idle) connection.close()
  return outcome
}

/** Latencies count from the moment at which a request is due, also where the machine was too busy to send it then. */
async function sendEvenly(perSecond: number, startedAt: number, endsAt: number, send: (dueAt: number) => void) {
  const step = 1000 / perSecond
  let due = startedAt
  while (due < endsAt) {
    const now = performance.now()
    for (; due <= now && due < endsAt; due += step) send(due)
    await pause(batchMs)
  }
}

/** Clients have their connections open: to open many at once would measure the queue of the system. */
async function opening({ hostname, port }: URL): Promise<Socket> {
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  await once(socket, 'connect')
  return socket
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Sends one request at a time, and reads of its response the status and the length. */
class Connection {
  readonly #socket: Socket
  #received: Buffer[] = []
  #missing: number | undefined
  #dueAt: number | undefined
  isClosed = false

  constructor(
    socket: Socket,
    answered: (connection: Connection, status: number, dueAt: number) => void,
    lost: (isWaiting: boolean) => void,
  ) {
    this.#socket = socket
    let status = 0
    socket.on('error', () => {})
    socket.once('close', () => {
      this.isClosed = true
      lost(this.#dueAt !== undefined)
    })
    socket.on('data', (chunk) => {
      if (this.#missing === undefined) {
        this.#received.push(chunk)
        const all = this.#received.length === 1 ? chunk : Buffer.concat(this.#received)
        const head = all.indexOf(endOfHead)
        if (head < 0) return
        this.#received = []
        status = Number(all.toString('latin1', 9, 12))
        this.#missing = lengthIn(all.subarray(0, head)) - (all.length - head - endOfHead.length)
      } else this.#missing -= chunk.length
      if (this.#missing > 0) return
      const dueAt = this.#dueAt ?? 0
      this.#missing = this.#dueAt = undefined
      answered(this, status, dueAt)
    })
  }

  send(request: Buffer, dueAt: number): void {
    this.#dueAt = dueAt
    this.#socket.write(request)
  }

  close(): void {
    this.#socket.destroy()
  }
}

function lengthIn(head: Buffer): number {
  const at = Buffer.from(head.toString('latin1').toLowerCase(), 'latin1').indexOf(lengthName)
  return at < 0 ? 0 : Number.parseInt(head.toString('latin1', at + lengthName.length, at + lengthName.length + 12), 10)
}
