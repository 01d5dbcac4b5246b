import type { IncomingMessage, ServerResponse } from 'node:http'

/**
 * A request and an answer with as much of the Fetch API as Yoga and our plugins look at. Yoga's own adapter makes
 * whole ones of Node's, with streams and abort signals, which cost more than all else that is done for a small query.
 */
export class ExchangeRequest {
  readonly method: string
  /** As the request has it: path and query string. */
  readonly url: string
  readonly headers: { get(name: string): string | null; has(name: string): boolean }

  constructor({ method = 'GET', url = '/', headers }: IncomingMessage) {
    this.method = method
    this.url = url
    this.headers = {
      get: (name) => {
        const value = headers[name.toLowerCase()]
        return value === undefined ? null : String(value)
      },
      has: (name) => headers[name.toLowerCase()] !== undefined,
    }
  }
}

interface AnswerInit {
  status?: number
  headers?: Record<string, string>
}

export class ExchangeAnswer {
  readonly status: number
  readonly headers: Map<string, string>
  readonly #body: string

  constructor(body?: string | null, { status = 200, headers = {} }: AnswerInit = {}) {
    this.#body = body ?? ''
    this.status = status
    this.headers = new Map(Object.entries(headers))
  }

  /** In one piece, so that it is one packet where it fits. */
  send(response: ServerResponse): void {
    for (const [name, value] of this.headers) response.setHeader(name, value)
    response.setHeader('content-length', Buffer.byteLength(this.#body))
    response.statusCode = this.status
    response.end(this.#body)
  }
}
