import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Egress } from './egress.ts'

export interface OutgoingRequest {
  method: 'GET' | 'POST'
  headers: Readonly<Record<string, string>>
  /** Already encoded. */
  body?: string | undefined
  signal: AbortSignal
}

/** A longer body that nobody reads closes its connection. */
const longestUnread = 65_536
const idleSockets = 10

/** Sends requests over connections that the egress rules allow. It follows no redirect. */
export class Outgoing {
  readonly #egress: Egress
  readonly #http: HttpAgent
  readonly #https: HttpsAgent

  constructor(egress: Egress) {
    this.#egress = egress
    const options = { keepAlive: true, maxFreeSockets: idleSockets, lookup: egress.lookup }
    this.#http = new HttpAgent(options)
    this.#https = new HttpsAgent(options)
  }

  /**
   * Resolves with the head of the response. Rejects with AddressRefused, the reason of the signal, or the error of the
   * connection. A request that repeats must be harmless to its receiver: by its method, or by a key in it.
   */
  async send(url: URL, outgoing: OutgoingRequest): Promise<IncomingMessage> {
    this.#egress.requireGoodHost(url)
    return this.#send(url, outgoing, url.protocol === 'https:' ? this.#https : this.#http)
  }

  /** Without an agent it opens a connection for this request alone. */
  #send(url: URL, outgoing: OutgoingRequest, agent: HttpAgent | false): Promise<IncomingMessage> {
    const { method, body, signal } = outgoing
    const { lookup } = this.#egress
    const open = url.protocol === 'https:' ? httpsRequest : httpRequest
    const headers = body === undefined ? outgoing.headers : withLength(outgoing.headers, body)
    return new Promise((resolve, reject) => {
      const request = open(url, { method, agent, lookup, headers, signal })
      request.on('error', (error) => {
        // The receiver has closed an idle connection, as a rule before it saw this request.
        if (request.reusedSocket && codeOf(error) === 'ECONNRESET') resolve(this.#send(url, outgoing, false))
        else reject(signal.aborted ? signal.reason : error)
      })
      request.on('response', resolve)
      request.end(body)
    })
  }

  close(): void {
    this.#http.destroy()
    this.#https.destroy()
  }
}

/** Lets a body pass unread, so that its connection stays open for the next request. */
export function discardBody(response: IncomingMessage): void {
  let bytes = 0
  response.on('error', () => {})
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > longestUnread) response.destroy()
  })
}

/** The code of an error of Node, such as ECONNREFUSED; empty where it has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

function withLength(headers: Readonly<Record<string, string>>, body: string) {
  return { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
}
