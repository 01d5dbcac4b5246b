import type { Model } from '../database/data-model.ts'

/**
 * The time of the last write to each model, on a clock that ticks with each notification. A response is current while none
 * of its models was written since its first read. Without a connection to the database there is no time.
 */
export class WriteClock {
  #time = 0
  #reported: ReadonlySet<Model> = new Set()
  /** Responses from before this time are out of date. */
  #openedAt = 0
  readonly #written = new Map<Model, number>()

  /** Undefined while writes are not reported. */
  get now(): number | undefined {
    return this.#reported.size > 0 ? this.#time : undefined
  }

  /** From now on every write to these models is reported. */
  open(models: ReadonlySet<Model>): void {
    this.#openedAt = ++this.#time
    this.#reported = models
  }

  close(): void {
    this.#reported = new Set()
  }

  wrote(model: Model): void {
    this.#written.set(model, ++this.#time)
  }

  isUnchanged(models: Iterable<Model>, since: number): boolean {
    if (since < this.#openedAt) return false
    for (const model of models) {
      if (!this.#reported.has(model) || (this.#written.get(model) ?? 0) > since) return false
    }
    return true
  }
}
