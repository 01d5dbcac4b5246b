interface Bounds {
  initial: number
  least: number
  most: number
}

/** How fast the limit moves with each adjustment. It backs off faster than it grows, so that it settles below congestion. */
const growth = 1.1
const backOff = 0.8

/**
 * How many requests may run at once. It is found by additive increase and multiplicative decrease, as TCP finds its window:
 * the limit grows while it is reached and nothing is congested, and falls while something is.
 */
export class ConcurrencyLimit {
  readonly #bounds: Bounds
  #current: number

  constructor(bounds: Bounds) {
    this.#bounds = bounds
    this.#current = bounds.initial
  }

  get current(): number {
    return this.#current
  }

  adjust({ mostRunning, isCongested }: { mostRunning: number; isCongested: boolean }): void {
    const { initial, least, most } = this.#bounds
    // Requests that wait for no work of this machine may have raised it far above what runs now.
    if (isCongested) this.#current = Math.max(least, Math.floor(Math.min(this.#current, mostRunning) * backOff))
    else if (mostRunning >= this.#current) this.#current = Math.min(most, Math.ceil(this.#current * growth))
    else if (this.#current > initial) this.#current--
  }
}
