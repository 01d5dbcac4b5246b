// Sends requests in a process of its own, over plain sockets: on the machine of the server it must cost little.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type Load, loadSchema, type Outcome } from './load.ts'

const endOfHead = Buffer.from('\r\n\r\n')
const lengthPattern = /\r\ncontent-length: (\d+)/i
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
    const connection = (_: unknown, at: number) =>
      Connection.open(new URL(load.urls[at % load.urls.length] ?? ''), answeredBy, lostBy)
    idle.push(...(await Promise.all(Array.from({ length: count }, connection))))
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

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

type Answered = (connection: Connection, status: number, dueAt: number) => void
type Lost = (isWaiting: boolean) => void

/** All connections read into it, one after the other: a buffer of each piece would be garbage, on the server's machine. */
const received = Buffer.alloc(65_536)

/** Sends one request at a time, and reads of its response the status and the length. */
class Connection {
  readonly #socket: Socket
  readonly #answered: Answered
  /** The beginning of a response whose head is not whole. */
  #head: Buffer | undefined
  #status = 0
  #missing: number | undefined
  #dueAt: number | undefined
  isClosed = false

  /** Clients have their connections open: to open many at once would measure the queue of the system. */
  static async open(url: URL, answered: Answered, lost: Lost): Promise<Connection> {
    const opened = new Connection(url, answered, lost)
    await once(opened.#socket, 'connect')
    return opened
  }

  private constructor({ hostname, port }: URL, answered: Answered, lost: Lost) {
    const callback = (length: number) => {
      this.#read(received.subarray(0, length))
      return true
    }
    this.#answered = answered
    this.#socket = connect({
      host: hostname,
      port: Number(port),
      noDelay: true,
      onread: { buffer: received, callback },
    })
    this.#socket.on('error', () => {})
    this.#socket.once('close', () => {
      this.isClosed = true
      lost(this.#dueAt !== undefined)
    })
  }

  send(request: Buffer, dueAt: number): void {
    this.#dueAt = dueAt
    this.#socket.write(request)
  }

  close(): void {
    this.#socket.destroy()
  }

  #read(piece: Buffer): void {
    if (this.#missing === undefined) {
      const all = this.#head ? Buffer.concat([this.#head, piece]) : piece
      const end = all.indexOf(endOfHead)
      this.#head = end < 0 ? Buffer.from(all) : undefined
      if (end < 0) return
      const head = all.toString('latin1', 0, end)
      this.#status = Number(head.slice(9, 12))
      this.#missing = Number(lengthPattern.exec(head)?.[1] ?? 0) - (all.length - end - endOfHead.length)
    } else this.#missing -= piece.length
    if (this.#missing > 0) return
    const dueAt = this.#dueAt ?? 0
    this.#missing = this.#dueAt = undefined
    this.#answered(this, this.#status, dueAt)
  }
}
