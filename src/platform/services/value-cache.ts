interface Kept<Value> {
  value: Value
  bytes: number
  until: number
}

/** Of one kind of values, as long as they were as JSON. */
const mostBytes = 8 * 1024 * 1024
/** Beside the JSON. */
const overheadBytes = 200

/** Values of a service for as long as it allows. The least recently used one goes first. */
export class ValueCache<Value> {
  /** In order of use, because a map iterates in insertion order. */
  readonly #kept = new Map<string, Kept<Value>>()
  #bytes = 0
  #drops = 0

  /** Goes up when a value is dropped because it has changed. */
  get drops(): number {
    return this.#drops
  }

  get(key: string): { value: Value } | undefined {
    const kept = this.#kept.get(key)
    if (!kept) return undefined
    this.#remove(key, kept)
    if (kept.until <= Date.now()) return undefined
    this.#add(key, kept)
    return kept
  }

  /** Keeps a value that was asked for when `drops` was at this number: one that changed meanwhile may be the old one. */
  set(key: string, value: Value, { bytes, maxAgeMs, drops }: { bytes: number; maxAgeMs: number; drops: number }): void {
    if (maxAgeMs <= 0 || drops !== this.#drops) return
    const before = this.#kept.get(key)
    if (before) this.#remove(key, before)
    this.#add(key, { value, bytes: bytes + overheadBytes, until: Date.now() + maxAgeMs })
    for (const [oldest, kept] of this.#kept) {
      if (this.#bytes <= mostBytes) return
      this.#remove(oldest, kept)
    }
  }

  drop(key: string): void {
    this.#drops++
    const kept = this.#kept.get(key)
    if (kept) this.#remove(key, kept)
  }

  #add(key: string, kept: Kept<Value>): void {
    this.#kept.set(key, kept)
    this.#bytes += kept.bytes
  }

  #remove(key: string, kept: Kept<Value>): void {
    this.#kept.delete(key)
    this.#bytes -= kept.bytes
  }
}
