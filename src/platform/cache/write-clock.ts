import type { Model } from '../database/data-model.ts'

/**
 * When rows of which model were last written, by a clock that ticks with each thing heard. What began to be read at a
 * time is still true as long as none of its models was written since. While nothing can be heard there is no time.
 */
export class WriteClock {
  #time = 0
  #heard: ReadonlySet<Model> = new Set()
  /** Nothing from before is still true. */
  #openedAt = 0
  readonly #written = new Map<Model, number>()

  /** Undefined while writes are not heard. */
  get now(): number | undefined {
    return this.#heard.size > 0 ? this.#time : undefined
  }

  /** From now on every write of these models is heard of. */
  open(models: ReadonlySet<Model>): void {
    this.#openedAt = ++this.#time
    this.#heard = models
  }

  close(): void {
    this.#heard = new Set()
  }

  wrote(model: Model): void {
    this.#written.set(model, ++this.#time)
  }

  isStill(models: Iterable<Model>, since: number): boolean {
    if (since < this.#openedAt) return false
    for (const model of models) {
      if (!this.#heard.has(model) || (this.#written.get(model) ?? 0) > since) return false
    }
    return true
  }
}
