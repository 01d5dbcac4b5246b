import { type DocumentNode, type GraphQLSchema, getOperationAST } from 'graphql'
import type { RowPolicies } from '../auth/row-policy.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { Model } from '../database/data-model.ts'
import type { Transactions } from '../database/transaction.ts'
import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'
import { hashOf } from '../trusted-documents/document-id.ts'
import { CachedResponse, CachedResponses } from './cached-responses.ts'
import { asksForPublic } from './public-document.ts'
import { PublicModels } from './public-models.ts'
import { ReadLog } from './read-log.ts'
import { WriteClock } from './write-clock.ts'
import { WriteListener } from './write-listener.ts'

interface CacheParts {
  policies: RowPolicies
  /** How many bytes the answers may take. */
  bytes: number
  databaseUrl: string
  log: Log
  metrics: Metrics
}

interface Asked {
  schema: GraphQLSchema
  document: DocumentNode
  operationName?: string | null | undefined
  /** Coerced, with defaults: what is spelled in two ways is one. */
  variables: Record<string, unknown>
  viewer: Viewer
}

/**
 * Answers that show only what everybody may see, kept until a row of a model they were read from is written. They are
 * shared between viewers, so that nothing of a viewer is in their key, and nothing is kept that could depend on one.
 */
export class ResponseCache {
  readonly #models: PublicModels
  readonly #answers: CachedResponses
  readonly #clock = new WriteClock()
  readonly #listener: WriteListener
  readonly #log: Log
  readonly #metrics: Metrics
  /** The names of operations that can be kept, by document and operation: what a document is, it stays. */
  readonly #names = new WeakMap<DocumentNode, Map<string, string | undefined>>()

  constructor({ policies, bytes, databaseUrl, log, metrics }: CacheParts) {
    this.#models = new PublicModels(policies)
    this.#answers = new CachedResponses(bytes)
    this.#log = log
    this.#metrics = metrics
    this.#listener = new WriteListener({
      url: databaseUrl,
      log,
      onOpen: (tables) => this.#open(tables),
      onClose: () => this.#close(),
      onWrite: (table) => this.#wrote(table),
    })
  }

  /** Undefined where the answer is none to keep, now or ever. */
  lookUp({ schema, document, operationName, variables, viewer }: Asked): CachedResponse | CacheMiss | undefined {
    const now = this.#clock.now
    if (now === undefined || !this.#models.areSeenBy(viewer)) return undefined
    const name = this.#nameOf(schema, document, operationName)
    const values = name && keyOf(variables)
    if (!values) return undefined
    const key = `${name} ${values}`
    const kept = this.#answers.get(key)
    if (kept && this.#clock.isStill(kept.models, kept.since)) return kept
    if (kept) this.#answers.delete(key)
    return new CacheMiss(new ReadLog(this.#models), (json, actualCost, models) => {
      const answer = new CachedResponse({ json, actualCost, models, since: now })
      if (!this.#clock.isStill(models, now)) return answer
      this.#answers.set(key, answer)
      this.#metrics.responseCacheBytes.set(this.#answers.bytes)
      return answer
    })
  }

  start(): Promise<void> {
    return this.#listener.start()
  }

  /** Resolves when no answer is given any more that is older than what was committed before this call. */
  caughtUp(): Promise<void> {
    return this.#listener.caughtUp()
  }

  /** The same transactions; who has written in one reads it from here at once, also where it is not known if it held. */
  following(transactions: Transactions): Transactions {
    return {
      run: async (write) => {
        try {
          return await transactions.run(write)
        } finally {
          await this.caughtUp()
        }
      },
    }
  }

  stop(): void {
    this.#listener.stop()
  }

  #nameOf(schema: GraphQLSchema, document: DocumentNode, operationName: Asked['operationName']): string | undefined {
    const names = this.#names.get(document) ?? new Map<string, string | undefined>()
    this.#names.set(document, names)
    const known = operationName ?? ''
    if (names.has(known)) return names.get(known)
    const operation = getOperationAST(document, operationName)
    const text = document.loc?.source.body
    const isPublic = operation && text !== undefined && asksForPublic(schema, document, operation)
    const name = isPublic ? `${hashOf(text)} ${operation.name?.value ?? ''}` : undefined
    names.set(known, name)
    return name
  }

  #open(tables: ReadonlyMap<string, ReadonlySet<string>>): void {
    const isTold = (model: Model) => {
      const { table, columns } = this.#models.tableOf(model)
      return columns.every((column) => tables.get(table)?.has(column))
    }
    const models = Map.groupBy(this.#models.all, isTold)
    const unheard = models.get(false) ?? []
    if (unheard.length > 0) this.#log.warn({ models: unheard }, 'no trigger tells of their writes: they are not cached')
    this.#clock.open(new Set(models.get(true)))
    this.#metrics.responseCacheUp.set(1)
  }

  #close(): void {
    this.#clock.close()
    this.#answers.clear()
    this.#metrics.responseCacheUp.set(0)
    this.#metrics.responseCacheBytes.set(0)
  }

  #wrote(table: string): void {
    const model = this.#models.ofTable(table)
    if (model) this.#clock.wrote(model)
  }
}

type Keep = (json: string, actualCost: number, models: ReadonlySet<Model>) => CachedResponse

/** An answer that was not there and is being made: what is read for it is noted, and it may be kept then. */
export class CacheMiss {
  readonly reads: ReadLog
  readonly #keep: Keep

  constructor(reads: ReadLog, keep: Keep) {
    this.reads = reads
    this.#keep = keep
  }

  /**
   * Keeps the data of an answer that has no errors, unless something was written meanwhile; undefined where it shows
   * what is not public. `statements` is how many were run for it: where one was not noted, nobody knows what it read.
   */
  keep(data: object, actualCost: number, statements: number): CachedResponse | undefined {
    const { isPublic, models, count } = this.reads
    if (!isPublic || count === 0 || statements > count) return undefined
    return this.#keep(JSON.stringify(data), actualCost, models)
  }
}

/** Equal texts are equal values; undefined for a value of which that is not known. */
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
