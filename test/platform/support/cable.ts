import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** A way to a server that can be cut and mended. */
export class Cable {
  readonly url: string
  readonly #port: number
  readonly #serverPort: number
  readonly #ends = new Set<Socket>()
  #server: Server
  #carried = ''
  #onData: (() => void) | undefined

  static async to(url: string): Promise<Cable> {
    const server = createServer()
    await once(server.listen(0, '127.0.0.1'), 'listening')
    return new Cable(server, Number(new URL(url).port))
  }

  private constructor(server: Server, serverPort: number) {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('The cable has no port.')
    this.#port = address.port
    this.#serverPort = serverPort
    this.url = `http://127.0.0.1:${address.port}`
    this.#server = this.#carry(server)
  }

  /** Resolves once the server has sent this text since the last cut. */
  async carried(text: string): Promise<void> {
    while (!this.#carried.includes(text)) {
      await new Promise<void>((resolve) => {
        this.#onData = resolve
      })
    }
  }

  /** Every connection breaks, and none is accepted. */
  cut(): void {
    this.#server.close()
    for (const end of this.#ends) end.resetAndDestroy()
    this.#ends.clear()
    this.#carried = ''
  }

  async mend(): Promise<void> {
    const server = createServer()
    await once(server.listen(this.#port, '127.0.0.1'), 'listening')
    this.#server = this.#carry(server)
  }

  #carry(server: Server): Server {
    return server.on('connection', (client) => {
      const upstream = connect(this.#serverPort, '127.0.0.1')
      client.pipe(upstream).pipe(client)
      upstream.on('data', (data) => {
        this.#carried += data.toString('latin1')
        this.#onData?.()
      })
      for (const end of [client, upstream]) {
        this.#ends.add(end)
        end.on('error', () => {})
        end.once('close', () => this.#ends.delete(end))
      }
    })
  }
}
