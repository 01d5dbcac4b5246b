import type { IncomingMessage } from 'node:http'
import type { WebhookAttemptOutcome } from '../../generated/prisma/enums.ts'
import { AddressRefused, type Egress } from '../egress/egress.ts'
import { codeOf, discardBody, Outgoing } from '../egress/outgoing.ts'
import { headersOf } from '../observability/trace-context.ts'
import type { Tracing } from '../observability/tracing.ts'

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
  /** Undefined where nothing is traced. */
  tracing?: Tracing | undefined
}

const userAgent = 'frontdoor-webhooks'

/** Sends messages to receivers. */
export class Poster {
  readonly #timeoutMs: number
  readonly #tracing: Tracing | undefined
  readonly #outgoing: Outgoing
  readonly #closed = new AbortController()

  constructor({ egress, timeoutMs, tracing }: PosterParts) {
    this.#timeoutMs = timeoutMs
    this.#tracing = tracing
    this.#outgoing = new Outgoing(egress)
  }

  /**
   * Each message has a trace of its own, which the receiver can go on with. Never throws for what the receiver does.
   * Undefined where `close` broke it off.
   */
  async post(url: string, headers: Record<string, string>, body: string): Promise<Reply | undefined> {
    const trace = this.#tracing?.begin(() => ({
      name: 'POST webhook',
      kind: 'client',
      attributes: { 'http.request.method': 'POST' },
    }))
    const reply = await this.#reply(url, trace ? { ...headers, ...headersOf(trace.context) } : headers, body)
    const attributes = { 'frontdoor.webhook.outcome': reply?.outcome, 'http.response.status_code': reply?.status }
    trace?.span?.end({ attributes, failure: reply?.outcome === 'ACCEPTED' ? undefined : reply?.outcome })
    return reply
  }

  /** Breaks off what is under way. */
  close(): void {
    this.#closed.abort()
    this.#outgoing.close()
  }

  async #reply(url: string, headers: Record<string, string>, body: string): Promise<Reply | undefined> {
    try {
      return replyOf(await this.#send(new URL(url), headers, body))
    } catch (error) {
      if (this.#closed.signal.aborted) return undefined
      return { outcome: outcomeOf(error), status: undefined, retryAfterMs: undefined }
    }
  }

  async #send(url: URL, headers: Record<string, string>, body: string): Promise<IncomingMessage> {
    const signal = AbortSignal.any([AbortSignal.timeout(this.#timeoutMs), this.#closed.signal])
    const response = await this.#outgoing.send(url, {
      method: 'POST',
      headers: { ...headers, 'user-agent': userAgent },
      body,
      signal,
    })
    discardBody(response)
    return response
  }
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
