import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { Webhook } from 'standardwebhooks'
import { z } from 'zod'

const message = z.looseObject({
  type: z.string(),
  timestamp: z.string(),
  position: z.string().nullable().optional(),
  data: z.looseObject({}).nullable(),
  thin: z.boolean().optional(),
})

export interface Received {
  id: string
  headers: IncomingHttpHeaders
  body: z.infer<typeof message>
}

type Respond = (received: Received, response: ServerResponse) => void

export const accept: Respond = (_received, response) => response.end()
export const refuse =
  (status: number, headers: Record<string, string> = {}): Respond =>
  (_received, response) =>
    response.writeHead(status, headers).end('a body that nobody keeps')

/** A receiver of webhooks that verifies each message with the published library. */
export class Receiver {
  /** Messages in the order in which they came, those that were not accepted too. */
  readonly received: Received[] = []
  respond: Respond = accept
  /** The secrets by which a message may be signed. Without one nothing is verified. */
  secrets: string[] = []
  readonly #waiting = new Set<() => void>()
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString()
      for (const secret of this.secrets) new Webhook(secret).verify(text, request.headers as Record<string, string>)
      const received = {
        id: String(request.headers['webhook-id']),
        headers: request.headers,
        body: message.parse(JSON.parse(text)),
      }
      this.received.push(received)
      this.respond(received, response)
      for (const check of this.#waiting) check()
    })
  })

  static async open(port = 0): Promise<Receiver> {
    const receiver = new Receiver()
    await new Promise<void>((resolve) => receiver.#server.listen(port, '127.0.0.1', resolve))
    return receiver
  }

  get port(): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('it does not listen')
    return address.port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`
  }

  get types(): string[] {
    return this.received.map(({ body }) => body.type)
  }

  /** Resolves once so many messages have come. */
  async until(count: number): Promise<Received[]> {
    await new Promise<void>((resolve) => {
      const check = () => {
        if (this.received.length < count) return
        this.#waiting.delete(check)
        resolve()
      }
      this.#waiting.add(check)
      check()
    })
    return this.received
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
