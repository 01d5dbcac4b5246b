/** Part of each cost in the mean. */
const weight = 0.01
/** In multiples of the mean cost. */
const least = 2
const most = 64
const growth = 1.1
const backOff = 0.7

/**
 * The highest cost of an operation while requests are shed: one that costs as much as many others is refused before they are.
 * Without a limit everything runs.
 */
export class CostLimit {
  #mean = 0
  #multiple = Number.POSITIVE_INFINITY

  /** Whether an operation of this cost may run now. */
  allows(cost: number): boolean {
    this.#mean += (cost - this.#mean) * (this.#mean === 0 ? 1 : weight)
    // No cost and no limit would be no number.
    return this.#mean === 0 || cost <= this.#mean * this.#multiple
  }

  adjust(hasShed: boolean): void {
    if (hasShed) this.#multiple = Math.max(least, Math.min(this.#multiple, most) * backOff)
    else this.#multiple = this.#multiple > most ? Number.POSITIVE_INFINITY : this.#multiple * growth
  }
}
