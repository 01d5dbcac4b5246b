import { createHash } from 'node:crypto'
import type { Model } from '../database/data-model.ts'

/** What an entry takes beside its texts: objects, and its place in the map. */
const overheadBytes = 400
/** V8 takes two bytes a character where one is beyond Latin-1. */
const bytesPerCharacter = 2
/** A larger one would push too many others out. */
const largestShare = 1 / 8

/** The data of an answer as JSON. */
export class CachedResponse {
  readonly json: string
  readonly actualCost: number
  readonly models: ReadonlySet<Model>
  /** The time at which it began to be read. */
  readonly since: number
  #digest: string | undefined

  constructor(parts: Pick<CachedResponse, 'json' | 'actualCost' | 'models' | 'since'>) {
    this.json = parts.json
    this.actualCost = parts.actualCost
    this.models = parts.models
    this.since = parts.since
  }

  /** What names these data and no others. */
  get digest(): string {
    this.#digest ??= createHash('sha256').update(this.json).digest('base64url')
    return this.#digest
  }
}

/** The body of a response whose data is JSON already. */
export function responseBody(json: string, extensions?: object): string {
  return extensions ? `{"data":${json},"extensions":${JSON.stringify(extensions)}}` : `{"data":${json}}`
}

/** As many answers as fit into so many bytes; those that were not asked for longest go first. */
export class CachedResponses {
  readonly #capacity: number
  /** In the order of use: a map keeps that of insertion. */
  readonly #answers = new Map<string, CachedResponse>()
  #bytes = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** What they take, rather more than less. */
  get bytes(): number {
    return this.#bytes
  }

  get(key: string): CachedResponse | undefined {
    const answer = this.#answers.get(key)
    if (!answer) return undefined
    this.#answers.delete(key)
    this.#answers.set(key, answer)
    return answer
  }

  set(key: string, answer: CachedResponse): void {
    this.delete(key)
    const bytes = bytesOf(key, answer)
    if (bytes > this.#capacity * largestShare) return
    this.#answers.set(key, answer)
    this.#bytes += bytes
    for (const oldest of this.#answers.keys()) {
      if (this.#bytes <= this.#capacity) return
      this.delete(oldest)
    }
  }

  delete(key: string): void {
    const answer = this.#answers.get(key)
    if (!answer) return
    this.#answers.delete(key)
    this.#bytes -= bytesOf(key, answer)
  }

  clear(): void {
    this.#answers.clear()
    this.#bytes = 0
  }
}

function bytesOf(key: string, { json }: CachedResponse): number {
  return bytesPerCharacter * (key.length + json.length) + overheadBytes
}
