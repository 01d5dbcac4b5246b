import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Client } from './client.ts'

/** The path of the GraphQL endpoint. */
export const graphqlPath = '/graphql'

/** What the HTTP front knows of a request for the GraphQL endpoint. */
export interface RequestFacts {
  requestId: string
  /** As `performance.now()` counts. */
  startedAt: number
  /** The address of the peer or, behind trusted proxies, of their client. */
  address: string
  client: Client
  /** The body of a POST. */
  text?: string | undefined
}

/**
 * A request with the parts of the Fetch API that Yoga and the steps of the pipeline read. Yoga's own adapter makes a whole
 * `Request` with streams and abort signals, which costs more than the rest of a small query. The body is not called
 * `body`: Yoga would list each of its characters.
 */
export class ExchangeRequest {
  readonly method: string
  /** As the request has it: path and query string. */
  readonly url: string
  readonly headers: { get(name: string): string | null; has(name: string): boolean }
  readonly requestId: string
  readonly startedAt: number
  readonly address: string
  readonly client: Client
  readonly text: string

  constructor({ method = 'GET', url = '/', headers }: IncomingMessage, facts: RequestFacts) {
    this.method = method
    this.url = url
    this.headers = {
      get: (name) => {
        const value = headers[name.toLowerCase()]
        return value === undefined ? null : String(value)
      },
      has: (name) => headers[name.toLowerCase()] !== undefined,
    }
    this.requestId = facts.requestId
    this.startedAt = facts.startedAt
    this.address = facts.address
    this.client = facts.client
    this.text = facts.text ?? ''
  }
}

interface ResponseOptions {
  status?: number
  headers?: Record<string, string>
}

export class ExchangeResponse {
  readonly status: number
  readonly headers: Map<string, string>
  /** Headers that replace those of the same name, also in a 304. */
  extraHeaders: readonly (readonly [string, string])[] = []
  readonly #body: string

  constructor(body?: string | null, { status = 200, headers = {} }: ResponseOptions = {}) {
    this.#body = body ?? ''
    this.status = status
    this.headers = new Map(Object.entries(headers))
  }

  /** Sends head and body in one piece, so that a small response is one packet. */
  send(response: ServerResponse): void {
    for (const [name, value] of this.headers) response.setHeader(name, value)
    response.setHeader('content-length', Buffer.byteLength(this.#body))
    response.statusCode = this.status
    setImmediate(() => response.end(this.#body))
  }
}

/** Executes a GraphQL request. Undefined after an unexpected error, which the endpoint has logged. */
export type GraphQLEndpoint = (request: ExchangeRequest) => Promise<ExchangeResponse | undefined>
