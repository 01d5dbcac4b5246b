import { connect, type Socket } from 'node:net'

/** A connection that sends exactly the given bytes. */
export class Wire {
  /** Everything the server sent until it closed the connection. */
  readonly closed: Promise<string>
  readonly #socket: Socket
  #received = ''

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk) => {
      this.#received += chunk.toString('latin1')
    })
    // A connection may also end by a reset while the client sends.
    socket.on('error', () => {})
    this.closed = new Promise((done) => socket.on('close', () => done(this.#received)))
  }

  static open(url: string): Promise<Wire> {
    const { hostname, port } = new URL(url)
    return new Promise((done, fail) => {
      const socket = connect({ host: hostname, port: Number(port) }, () => done(new Wire(socket)))
      socket.once('error', fail)
    })
  }

  send(bytes: string | Buffer): this {
    this.#socket.write(bytes)
    return this
  }

  /** Waits until the server has received what was sent before. */
  flush(bytes: string | Buffer): Promise<void> {
    return new Promise((done) => this.#socket.write(bytes, () => done()))
  }

  /** Resolves once the server has sent this. */
  async receives(text: string): Promise<void> {
    while (!this.#received.includes(text)) await new Promise((done) => this.#socket.once('data', done))
  }

  /** Stops reading. */
  stopReading(): this {
    this.#socket.pause()
    return this
  }

  readOn(): this {
    this.#socket.resume()
    return this
  }

  destroy(): void {
    this.#socket.destroy()
  }
}

/** The bytes received until the server closes the connection. */
export async function exchange(url: string, bytes: string | Buffer): Promise<string> {
  return (await Wire.open(url)).send(bytes).closed
}

/** The responses in the received text: `400 BAD_REQUEST`, or the status alone without an error. */
export function outcomesIn(received: string): string[] {
  return received
    .split(/(?=HTTP\/1\.1 \d{3} )/)
    .filter((answer) => answer !== '')
    .map((answer) => {
      const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(answer) ?? []
      const [, code] = /"code":"(\w+)"/.exec(answer) ?? []
      return code ? `${status} ${code}` : `${status}`
    })
}

/** A valid request as it goes over the wire, with more header lines. */
export function postOf(request: object, headers: readonly string[] = []): string {
  const body = JSON.stringify(request)
  const head = [
    'POST /graphql HTTP/1.1',
    'host: a',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    ...headers,
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}
