import { principalOf, type Viewer } from '../auth/viewer.ts'
import { clientError, codeOf, retryLater } from '../errors.ts'
import type { ExchangeRequest } from '../http/exchange.ts'
import { networkOf } from '../limits/address-network.ts'
import type { CredentialGuard } from '../limits/credential-guard.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { ResponseStream } from './response-stream.ts'

interface StreamsParts {
  guard: CredentialGuard
  /** The most open streams of one principal, and of the process. */
  limits: { perPrincipal: number; perProcess: number }
  metrics: Metrics
}

/** A revoked API key ends its streams within this time. */
const checkEveryMs = 1000
/** What a client is told to wait where it has too many streams. */
const retryAfterSeconds = 10

/** The open streams of an endpoint: counts them, ends those whose credential has ended, and breaks off all at a drain. */
export class Streams {
  readonly #parts: StreamsParts
  readonly #open = new Map<ResponseStream, ExchangeRequest>()
  readonly #counts = new Map<string, number>()
  #reserved = 0
  #check: NodeJS.Timeout | undefined
  #isDraining = false

  constructor(parts: StreamsParts) {
    this.#parts = parts
  }

  /** Counts a stream before it is open. Returns what ends the count. Throws TOO_MANY_STREAMS. */
  reserve(viewer: Viewer, { address }: ExchangeRequest): () => void {
    if (this.#isDraining) throw clientError('UNAVAILABLE', 'The server is stopping; open the stream again.')
    const { limits, metrics } = this.#parts
    const principal = viewer.id === undefined ? `address ${networkOf(address)}` : principalOf(viewer)
    const count = this.#counts.get(principal) ?? 0
    if (count >= limits.perPrincipal || this.#reserved >= limits.perProcess) {
      metrics.rateLimited.inc({ limit: 'streams' })
      throw tooMany(count >= limits.perPrincipal ? `You have ${count} streams` : 'The server has enough streams')
    }
    this.#count(principal, 1)
    return () => this.#count(principal, -1)
  }

  add(stream: ResponseStream, request: ExchangeRequest): void {
    this.#open.set(stream, request)
    this.#check ??= setInterval(() => this.#checkCredentials(), checkEveryMs).unref()
    if (this.#isDraining) stream.end('broken off')
  }

  remove(stream: ResponseStream): void {
    this.#open.delete(stream)
    if (this.#open.size > 0) return
    clearInterval(this.#check)
    this.#check = undefined
  }

  drain(withinMs: number): void {
    this.#isDraining = true
    for (const stream of this.#open.keys()) {
      setTimeout(() => stream.end('broken off'), Math.random() * withinMs).unref()
    }
  }

  #count(principal: string, change: 1 | -1): void {
    const count = (this.#counts.get(principal) ?? 0) + change
    if (count === 0) this.#counts.delete(principal)
    else this.#counts.set(principal, count)
    this.#reserved += change
    this.#parts.metrics.streams.set(this.#reserved)
  }

  /** A quiet stream has no event whose execution would check the credential. */
  #checkCredentials(): void {
    const byCredential = Map.groupBy(this.#open, ([, { headers }]) => headers.get('authorization'))
    for (const [authorization, [first, ...others]] of byCredential) {
      if (authorization === null || !first) continue
      const streams = [first, ...others].map(([stream]) => stream)
      this.#stillGood(authorization, first[1]).catch((error: unknown) => {
        if (codeOf(error) === 'UNAUTHENTICATED') for (const stream of streams) stream.fail(error)
      })
    }
  }

  async #stillGood(authorization: string, { address }: ExchangeRequest): Promise<void> {
    await this.#parts.guard.viewer(authorization, address)
  }
}

function tooMany(what: string) {
  const message = `${what} open, and that is the limit; close one, or try again later.`
  return retryLater('TOO_MANY_STREAMS', message, retryAfterSeconds)
}
