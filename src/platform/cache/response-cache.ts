import { type DocumentNode, type GraphQLSchema, getOperationAST } from 'graphql'
import type { RowPolicies } from '../auth/row-policy.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { EventHead, Feed } from '../context.ts'
import { isModel, type Model } from '../database/data-model.ts'
import { physicalTable } from '../database/physical-names.ts'
import type { Topic } from '../events/topic.ts'
import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import { hashOf } from '../trusted-documents/document-id.ts'
import { CachedResponse, CachedResponses } from './cached-responses.ts'
import { capturedTables } from './captured-tables.ts'
import { isPublicQuery } from './public-document.ts'
import { PublicModels } from './public-models.ts'
import { ReadLog } from './read-log.ts'
import { WriteClock } from './write-clock.ts'

interface CacheParts {
  policies: RowPolicies
  /** The size of all cached responses, in bytes. */
  bytes: number
  feed: Feed
  topics: readonly Topic[]
  databaseUrl: string
  log: Log
  metrics: Metrics
}

interface LookUp {
  /** Its name. */
  endpoint: string
  schema: GraphQLSchema
  document: DocumentNode
  operationName?: string | null | undefined
  /** Coerced, with defaults, so that two spellings of a value have one key. */
  variables: Record<string, unknown>
  viewer: Viewer
}

/**
 * Responses that show public data only, cached until a row of a model behind them is written. All viewers share them: no
 * key has anything of a viewer, and no response that could depend on a viewer is cached.
 */
export class ResponseCache {
  readonly #models: PublicModels
  readonly #responses: CachedResponses
  readonly #clock = new WriteClock()
  readonly #feed: Feed
  readonly #databaseUrl: string
  /** Topics whose events change nothing that a cached response shows. */
  readonly #neutral: ReadonlySet<string>
  #leave: (() => void) | undefined
  readonly #log: Log
  readonly #metrics: Metrics
  /** Key prefixes of cacheable operations, by document and operation name; undefined for other operations. */
  readonly #names = new WeakMap<DocumentNode, Map<string, string | undefined>>()

  constructor({ policies, bytes, feed, topics, databaseUrl, log, metrics }: CacheParts) {
    this.#models = new PublicModels(policies)
    this.#responses = new CachedResponses(bytes)
    this.#feed = feed
    this.#databaseUrl = databaseUrl
    this.#neutral = new Set(topics.filter(({ isCacheNeutral }) => isCacheNeutral).map(({ name }) => name))
    this.#log = log
    this.#metrics = metrics
  }

  /** Undefined where the response cannot be cached, now or ever. */
  lookUp({
    endpoint,
    schema,
    document,
    operationName,
    variables,
    viewer,
  }: LookUp): CachedResponse | CacheMiss | undefined {
    const now = this.#clock.now
    if (now === undefined || !this.#models.areSeenBy(viewer)) return undefined
    const name = this.#nameOf(schema, document, operationName)
    const values = name && keyOf(variables)
    if (!values) return undefined
    const key = `${endpoint} ${name} ${values}`
    const cached = this.#responses.get(key)
    if (cached && this.#clock.isUnchanged(cached.models, cached.since)) return cached
    if (cached) this.#responses.delete(key)
    return new CacheMiss(new ReadLog(this.#models), (json, actualCost, models) => {
      const response = new CachedResponse({ json, actualCost, models, since: now })
      if (!this.#clock.isUnchanged(models, now)) return response
      this.#responses.set(key, response)
      this.#metrics.responseCacheBytes.set(this.#responses.bytes)
      return response
    })
  }

  async start(): Promise<void> {
    const captured = await capturedTables(this.#databaseUrl)
    const reported = this.#reportedBy(captured)
    this.#leave = this.#feed.listen({
      onOpen: () => {
        this.#clock.open(reported)
        this.#metrics.responseCacheUp.set(1)
      },
      onClose: () => this.#close(),
      onHeads: (heads) => this.#wrote(heads),
    })
  }

  stop(): void {
    this.#leave?.()
  }

  #nameOf(schema: GraphQLSchema, document: DocumentNode, operationName: LookUp['operationName']): string | undefined {
    const names = this.#names.get(document) ?? new Map<string, string | undefined>()
    this.#names.set(document, names)
    const known = operationName ?? ''
    if (names.has(known)) return names.get(known)
    const operation = getOperationAST(document, operationName)
    const text = document.loc?.source.body
    const isPublic = operation && text !== undefined && isPublicQuery(schema, document, operation)
    const name = isPublic ? `${hashOf(text)} ${operation.name?.value ?? ''}` : undefined
    names.set(known, name)
    return name
  }

  /** The models whose writes in plain SQL become events. */
  #reportedBy(captured: ReadonlySet<string>): ReadonlySet<Model> {
    const models = Map.groupBy(this.#models.all, (model) => captured.has(physicalTable(model).name))
    const silent = models.get(false) ?? []
    if (silent.length > 0) this.#log.warn({ models: silent }, 'no trigger captures their writes: they are not cached')
    return new Set(models.get(true))
  }

  #close(): void {
    this.#clock.close()
    this.#responses.clear()
    this.#metrics.responseCacheUp.set(0)
    this.#metrics.responseCacheBytes.set(0)
  }

  #wrote(heads: readonly EventHead[]): void {
    for (const { topic, aggregateType } of heads) {
      if (!this.#neutral.has(topic) && isModel(aggregateType)) this.#clock.wrote(aggregateType)
    }
  }
}

type Store = (json: string, actualCost: number, models: ReadonlySet<Model>) => CachedResponse

/** A response that is not cached yet. `reads` records what is read for it, which decides whether it can be cached. */
export class CacheMiss {
  readonly reads: ReadLog
  readonly #store: Store

  constructor(reads: ReadLog, store: Store) {
    this.reads = reads
    this.#store = store
  }

  /**
   * Caches the data of a response without errors, unless a model behind it was written meanwhile; undefined where it shows
   * data that is not public. `statements` is the number of statements run for it: a statement that was not recorded may
   * have read anything.
   */
  store(data: object, actualCost: number, statements: number): CachedResponse | undefined {
    const { isPublic, models, count } = this.reads
    if (!isPublic || count === 0 || statements > count) return undefined
    return this.#store(JSON.stringify(data), actualCost, models)
  }
}

/** A text that is equal for equal values; undefined for a value of an unknown class. */
function keyOf(variables: Record<string, unknown>): string | undefined {
  let isPlain = true
  const text = JSON.stringify(variables, function (this: Record<string, unknown>, name, value: unknown) {
    const original = this[name]
    if (typeof original === 'bigint') return `${original}n`
    if (typeof original !== 'object' || original === null || original instanceof Date || Array.isArray(original))
      return value
    const prototype: unknown = Object.getPrototypeOf(original)
    if (prototype !== null && prototype !== Object.prototype) isPlain = false
    return value
  })
  return isPlain ? text : undefined
}
