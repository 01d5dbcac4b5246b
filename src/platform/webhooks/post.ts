import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { WebhookAttemptOutcome } from '../../generated/prisma/enums.ts'
import { AddressRefused, type Egress } from './egress.ts'

/** How an attempt ended. */
export interface Reply {
  outcome: WebhookAttemptOutcome
  status: number | undefined
  /** What the receiver asks to wait, in milliseconds. */
  retryAfterMs: number | undefined
}

interface PosterParts {
  egress: Egress
  timeoutMs: number
}

/** Bodies of responses are not read, except to keep a connection open for the next message. */
const longestBody = 65_536
const idleSockets = 10
const userAgent = 'frontdoor-webhooks'

/** Sends messages over connections that the egress rules allow. It follows no redirect. */
export class Poster {
  readonly #parts: PosterParts
  readonly #http: HttpAgent
  readonly #https: HttpsAgent
  readonly #closed = new AbortController()

  constructor(parts: PosterParts) {
    this.#parts = parts
    const { lookup } = parts.egress
    const options = { keepAlive: true, maxFreeSockets: idleSockets, lookup }
    this.#http = new HttpAgent(options)
    this.#https = new HttpsAgent(options)
  }

  /** Never throws for what the receiver does. Undefined where `close` broke it off. */
  async post(url: string, headers: Record<string, string>, body: string): Promise<Reply | undefined> {
    try {
      return replyOf(await this.#send(new URL(url), headers, body))
    } catch (error) {
      if (this.#closed.signal.aborted) return undefined
      return { outcome: outcomeOf(error), status: undefined, retryAfterMs: undefined }
    }
  }

  /** Breaks off what is under way. */
  close(): void {
    this.#closed.abort()
    this.#http.destroy()
    this.#https.destroy()
  }

  #send(url: URL, headers: Record<string, string>, body: string): Promise<IncomingMessage> {
    const { egress, timeoutMs } = this.#parts
    egress.requireGoodHost(url)
    const isHttps = url.protocol === 'https:'
    const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), this.#closed.signal])
    return new Promise((resolve, reject) => {
      const request = (isHttps ? httpsRequest : httpRequest)(url, {
        method: 'POST',
        agent: isHttps ? this.#https : this.#http,
        headers: {
          ...headers,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'user-agent': userAgent,
        },
        signal,
      })
      request.on('error', (error) => {
        // The receiver has closed an idle connection: it did not see this message.
        if (request.reusedSocket && codeOf(error) === 'ECONNRESET') resolve(this.#send(url, headers, body))
        else reject(signal.aborted ? signal.reason : error)
      })
      request.on('response', (response) => {
        discard(response)
        resolve(response)
      })
      request.end(body)
    })
  }
}

function discard(response: IncomingMessage): void {
  let bytes = 0
  response.on('error', () => {})
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > longestBody) response.destroy()
  })
}

function replyOf({ statusCode: status = 0, headers }: IncomingMessage): Reply {
  if (status >= 200 && status < 300) return { outcome: 'ACCEPTED', status, retryAfterMs: undefined }
  if (status >= 300 && status < 400) return { outcome: 'REDIRECTED', status, retryAfterMs: undefined }
  const asksToWait = status === 429 || status === 503
  return {
    outcome: 'STATUS_REFUSED',
    status,
    retryAfterMs: asksToWait ? waitOf(headers['retry-after']) : undefined,
  }
}

/** RFC 9110, section 10.2.3: seconds, or a date. */
function waitOf(header: string | undefined): number | undefined {
  if (header === undefined) return undefined
  const milliseconds = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return milliseconds > 0 ? milliseconds : undefined
}

function outcomeOf(error: unknown): WebhookAttemptOutcome {
  if (error instanceof AddressRefused) return 'ADDRESS_REFUSED'
  if (error instanceof Error && error.name === 'TimeoutError') return 'TIMED_OUT'
  return isAboutCertificate(error) ? 'CERTIFICATE_REFUSED' : 'UNREACHABLE'
}

/** Codes of OpenSSL's verification, and of Node's comparison of names. */
function isAboutCertificate(error: unknown): boolean {
  return /CERT|SIGNED|^UNABLE_TO_|^ERR_TLS/.test(codeOf(error))
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
