import { createHash } from 'node:crypto'
import type { Model } from '../database/data-model.ts'

/** The size of an entry without its texts: objects and map entry. */
const overheadBytes = 400
/** V8 stores a string with a character beyond Latin-1 in two bytes a character. */
const bytesPerCharacter = 2
/** The largest entry: a larger one would evict too many others. */
const largestShare = 1 / 8

/** The data of a response as JSON. */
export class CachedResponse {
  readonly json: string
  readonly actualCost: number
  readonly models: ReadonlySet<Model>
  /** The write clock when its first read began. */
  readonly since: number
  #digest: string | undefined

  constructor(parts: Pick<CachedResponse, 'json' | 'actualCost' | 'models' | 'since'>) {
    this.json = parts.json
    this.actualCost = parts.actualCost
    this.models = parts.models
    this.since = parts.since
  }

  /** Identifies the data. */
  get digest(): string {
    this.#digest ??= createHash('sha256').update(this.json).digest('base64url')
    return this.#digest
  }
}

/** The body of a response whose data is JSON already. */
export function responseBody(json: string, extensions?: object): string {
  return extensions ? `{"data":${json},"extensions":${JSON.stringify(extensions)}}` : `{"data":${json}}`
}

/** A bounded cache. The least recently used response is evicted first. */
export class CachedResponses {
  readonly #capacity: number
  /** In order of use, because a map iterates in insertion order. */
  readonly #responses = new Map<string, CachedResponse>()
  #bytes = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** The size of all entries, rounded up. */
  get bytes(): number {
    return this.#bytes
  }

  get(key: string): CachedResponse | undefined {
    const response = this.#responses.get(key)
    if (!response) return undefined
    this.#responses.delete(key)
    this.#responses.set(key, response)
    return response
  }

  set(key: string, response: CachedResponse): void {
    this.delete(key)
    const bytes = bytesOf(key, response)
    if (bytes > this.#capacity * largestShare) return
    this.#responses.set(key, response)
    this.#bytes += bytes
    for (const oldest of this.#responses.keys()) {
      if (this.#bytes <= this.#capacity) return
      this.delete(oldest)
    }
  }

  delete(key: string): void {
    const response = this.#responses.get(key)
    if (!response) return
    this.#responses.delete(key)
    this.#bytes -= bytesOf(key, response)
  }

  clear(): void {
    this.#responses.clear()
    this.#bytes = 0
  }
}

function bytesOf(key: string, { json }: CachedResponse): number {
  return bytesPerCharacter * (key.length + json.length) + overheadBytes
}
