interface Among {
  begin(): void
  end(): void
  /** It has run for so long, without its pauses. */
  over(ms: number): void
}

/** The place of a request among those that run. */
export class RunningPlace {
  readonly #among: Among
  #ranMs = 0
  #since: number | undefined = performance.now()
  #isLeft = false

  constructor(among: Among) {
    this.#among = among
  }

  /** The request waits for something that takes no work here, such as an event, and gives its place to another. */
  pause(): void {
    if (this.#since === undefined) return
    this.#ranMs += performance.now() - this.#since
    this.#since = undefined
    this.#among.end()
  }

  /** It goes on at once. */
  resume(): void {
    if (this.#since !== undefined || this.#isLeft) return
    this.#since = performance.now()
    this.#among.begin()
  }

  leave(): void {
    if (this.#isLeft) return
    this.pause()
    this.#isLeft = true
    this.#among.over(this.#ranMs)
  }
}
