/** The event loop is late by more: there is more work than the thread can do. */
const longestDelayMs = 10

/** Statements that wait for a connection of a pool, and how many connections it has at most. */
export interface PoolUse {
  waiting: number
  most: number
}

/**
 * What says that more requests run than get on: the event loop is late, or more statements wait for a connection than there
 * are connections, so that each waits longer than a statement takes. How long requests take says less: some ask for a
 * thousand times as much as others, and some wait for other services.
 */
export class Congestion {
  readonly #pools: () => readonly PoolUse[]
  #samples = 0
  #delayMs = 0
  #waiting = 0

  constructor(pools: () => readonly PoolUse[]) {
    this.#pools = pools
  }

  /** `delayMs` is how late the event loop was. */
  sample(delayMs: number): void {
    this.#samples++
    this.#delayMs += delayMs
    this.#waiting += Math.max(...this.#pools().map(({ waiting, most }) => waiting / most))
  }

  /** Since the last call. */
  isCongested(): boolean {
    const samples = Math.max(1, this.#samples)
    const congested = this.#delayMs / samples > longestDelayMs || this.#waiting / samples > 1
    this.#samples = this.#delayMs = this.#waiting = 0
    return congested
  }
}
