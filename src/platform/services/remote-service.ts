import { type SourceConfig, sourceVariable } from '../config/source-settings.ts'
import type { RemoteCall, RemoteSource, RemoteValues } from '../context.ts'
import type { Outgoing } from '../egress/outgoing.ts'
import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { TracedCall } from '../observability/span.ts'
import { CallFailure, type CallOutcome, upstreamError } from './call-failure.ts'
import { CallPolicies } from './call-policies.ts'
import { type Answered, sendCall } from './send-call.ts'
import { ValueCache } from './value-cache.ts'

/** The request that a call is made for. */
export interface Asking {
  requestId: string
  headers: { get(name: string): string | null }
  /** When its time for calls ends, as `performance.now()` counts. */
  endsAt: number
  /** What its log line says of them. */
  used: { calls: number; durationMs: number }
  /** Undefined where nothing is traced. */
  trace?: { call(name: string, attributes: Record<string, string>): TracedCall } | undefined
}

interface ServiceParts {
  source: RemoteSource
  config: SourceConfig
  outgoing: Outgoing
  log: Log
  metrics: Metrics
}

/** https://www.w3.org/TR/trace-context/#traceparent-header */
const traceparent = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/

/** A source in use: the deadline of its calls, what they send, what they report, and the values it lets us keep. */
export class RemoteService {
  readonly #parts: ServiceParts
  readonly #policies: CallPolicies
  readonly #caches = new WeakMap<object, unknown>()
  #isMissingTold = false

  constructor(parts: ServiceParts) {
    this.#parts = parts
    this.#policies = policiesFor(parts)
  }

  /** Throws UPSTREAM_UNAVAILABLE and UPSTREAM_INVALID. */
  async call<Answer>(call: RemoteCall<Answer>, asking: Asking): Promise<Answered<Answer>> {
    const startedAt = performance.now()
    const { name } = this.#parts.source
    const traced = asking.trace?.call(`${call.method} ${name}`, {
      'http.request.method': call.method,
      'frontdoor.remote.source': name,
    })
    try {
      const answered = await this.#send(call, asking, traced?.headers)
      traced?.end({})
      this.#record('answered', startedAt, asking)
      return answered
    } catch (error) {
      traced?.end({ failure: error instanceof CallFailure ? error.outcome : 'failed' })
      if (!(error instanceof CallFailure)) throw error
      this.#record(error.outcome, startedAt, asking, error.detail)
      throw upstreamError(error.outcome)
    }
  }

  async values<Value>(values: RemoteValues<Value>, keys: readonly string[], asking: Asking) {
    const cache = this.#cacheOf(values)
    const found = new Map<string, Value | null | Error>()
    for (const key of keys) {
      const kept = cache?.get(key)
      if (kept) found.set(key, kept.value)
    }
    const missing = keys.filter((key) => !found.has(key))
    if (cache) this.#countHits(found.size, missing.length)
    const chunks = chunksOf(missing, values.atOnce)
    await Promise.all(chunks.map((chunk) => this.#fetchInto(found, values, chunk, asking)))
    return found
  }

  forget<Value>(values: RemoteValues<Value>, key: string): void {
    this.#cacheOf(values)?.drop(key)
  }

  async #fetchInto<Value>(
    found: Map<string, Value | null | Error>,
    values: RemoteValues<Value>,
    keys: readonly string[],
    asking: Asking,
  ): Promise<void> {
    const cache = this.#cacheOf(values)
    const drops = cache?.drops ?? 0
    try {
      const { value: answered, maxAgeMs, bytes } = await this.#ask(values, keys, asking)
      for (const key of keys) {
        const value = answered.get(key) ?? null
        found.set(key, value)
        cache?.set(key, value, { bytes: Math.ceil(bytes / keys.length), maxAgeMs, drops })
      }
    } catch (error) {
      if (!(error instanceof Error)) throw error
      for (const key of keys) found.set(key, error)
    }
  }

  async #ask<Value>(
    values: RemoteValues<Value>,
    keys: readonly string[],
    asking: Asking,
  ): Promise<Answered<ReadonlyMap<string, Value | null>>> {
    const [only = ''] = keys
    if (!values.one || keys.length > 1) return this.call(values.many(keys), asking)
    const { value, ...rest } = await this.call(values.one(only), asking)
    return { value: new Map([[only, value]]), ...rest }
  }

  async #send<Answer>(
    call: RemoteCall<Answer>,
    asking: Asking,
    trace: TracedCall['headers'] | undefined,
  ): Promise<Answered<Answer>> {
    const { config, outgoing } = this.#parts
    const { url: baseUrl } = config
    if (baseUrl === undefined) throw new CallFailure('not_configured')
    const withinMs = Math.floor(Math.min(config.timeoutMs, asking.endsAt - performance.now()))
    if (withinMs <= 0) throw new CallFailure('timed_out')
    const headers = this.#headersFor(asking, trace)
    return this.#policies.run((signal) => sendCall(call, { outgoing, baseUrl, headers, signal }), {
      isSafe: call.idempotencyKey === undefined,
      deadline: AbortSignal.timeout(withinMs),
    })
  }

  /** Where nothing is traced, the trace of the client is passed on unchanged. */
  #headersFor({ requestId, headers }: Asking, trace: TracedCall['headers'] | undefined): Record<string, string> {
    const { source, config } = this.#parts
    const sent: Record<string, string> = { 'x-request-id': requestId, ...trace }
    if (config.token !== undefined) sent.authorization = `Bearer ${config.token}`
    const isTraced = !trace && traceparent.test(headers.get('traceparent') ?? '')
    for (const name of [...(isTraced ? ['traceparent', 'tracestate'] : []), ...(source.passesOn ?? [])]) {
      const value = headers.get(name)
      if (value !== null) sent[name] = value
    }
    return sent
  }

  #record(outcome: CallOutcome, startedAt: number, { requestId, used }: Asking, detail?: string): void {
    const { source, log, metrics } = this.#parts
    metrics.remoteCalls.inc({ source: source.name, outcome })
    if (outcome === 'not_configured') this.#tellMissing()
    // The breaker tells that it opens.
    if (outcome === 'not_configured' || outcome === 'shed') return
    const durationMs = performance.now() - startedAt
    used.calls++
    used.durationMs += durationMs
    metrics.remoteDuration.observe({ source: source.name }, durationMs / 1000)
    if (outcome === 'answered') return
    const told = { requestId, source: source.name, outcome, detail, durationMs: Math.round(durationMs) }
    log.warn(told, 'a call to another service failed')
  }

  #tellMissing(): void {
    if (this.#isMissingTold) return
    this.#isMissingTold = true
    const { source, log } = this.#parts
    const setting = sourceVariable(source, 'url')
    log.warn({ source: source.name, setting }, `fields of this source are null: ${setting} is not set`)
  }

  #countHits(hits: number, misses: number): void {
    const { source, metrics } = this.#parts
    if (hits > 0) metrics.remoteCache.inc({ source: source.name, result: 'hit' }, hits)
    if (misses > 0) metrics.remoteCache.inc({ source: source.name, result: 'miss' }, misses)
  }

  /** Undefined where answers depend on what a client sent: they are not for others. */
  #cacheOf<Value>(values: RemoteValues<Value>): ValueCache<Value | null> | undefined {
    if (this.#parts.source.passesOn) return undefined
    const known = this.#caches.get(values)
    // The key of the map is the definition, which fixes the type of its values.
    if (known) return known as ValueCache<Value | null>
    const cache = new ValueCache<Value | null>()
    this.#caches.set(values, cache)
    return cache
  }
}

function policiesFor({ source: { name, parallel }, log, metrics }: ServiceParts): CallPolicies {
  const source = name
  metrics.remoteBreakerOpen.set({ source }, 0)
  return new CallPolicies(parallel, {
    onRepeat: () => metrics.remoteRetries.inc({ source }),
    onBreak: () => {
      metrics.remoteBreakerOpen.set({ source }, 1)
      log.warn({ source }, 'most calls to another service fail: none is sent for a while')
    },
    onReset: () => {
      metrics.remoteBreakerOpen.set({ source }, 0)
      log.info({ source }, 'another service answers again')
    },
  })
}

function chunksOf<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size))
}
