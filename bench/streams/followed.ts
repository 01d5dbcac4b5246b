/** The events of one product. This process may hear of an event before it hears that the event was committed. */
export class Followed {
  readonly #delays: number[]
  /** When events were committed that have not arrived. */
  readonly #open: number[] = []
  /** How many events have arrived early. */
  #early = 0

  constructor(delays: number[]) {
    this.#delays = delays
  }

  get isBehind(): boolean {
    return this.#open.length > 0
  }

  committed(): void {
    if (this.#early === 0) {
      this.#open.push(performance.now())
      return
    }
    this.#early--
    this.#delays.push(0)
  }

  arrived(): void {
    const at = this.#open.shift()
    if (at === undefined) this.#early++
    else this.#delays.push(performance.now() - at)
  }
}
