import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'

/** For how long a request goes before bulk work. Those that take longer wait for the database or for an event. */
const youngMs = 50
/** For how long a piece of bulk work waits: it goes on also where requests never end. */
const patienceMs = 5
/** For so long after a request others are expected. */
const recentMs = 250
/** For how long bulk work rests after a piece that took a millisecond. */
const restShare = 1.5
const longestRestMs = 250

/**
 * Requests go before bulk work, which runs in the same thread and the same database: between two pieces of an export or
 * import the requests in flight get the thread, and their next step finds it free. While requests come, bulk work takes two
 * fifths of the time at most: one piece of it runs, and rests for half as long again as it took.
 */
export class Precedence {
  /** When each request in flight began, oldest first. Those that are no longer young are not in it. */
  readonly #young = new Map<symbol, number>()
  #waiting: (() => void)[] = []
  #askedAt = Number.NEGATIVE_INFINITY
  /** Resolves when the last piece that rests has rested. */
  #rested: Promise<void> = Promise.resolve()

  /** Responds to a request. */
  async during<Result>(respond: () => Promise<Result>): Promise<Result> {
    const request = Symbol('request')
    this.#askedAt = performance.now()
    this.#young.set(request, this.#askedAt)
    try {
      return await respond()
    } finally {
      this.#young.delete(request)
      this.#release()
    }
  }

  /** Whether a request came a moment ago: others are expected. */
  get isAsked(): boolean {
    return performance.now() < this.#askedAt + recentMs
  }

  /** Resolves when bulk work may go on, which it asks for each few milliseconds. */
  readonly turn = async (): Promise<void> => {
    await nextTurn()
    await this.#requestsFirst()
  }

  /** Runs a piece of bulk work, with its statements: a chunk of an import or a page of an export. */
  readonly piece = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (!this.isAsked) return work()
    const before = this.#rested
    const rested = Promise.withResolvers<void>()
    this.#rested = rested.promise
    await before
    const begunAt = performance.now()
    try {
      return await work()
    } finally {
      const rest = this.isAsked ? Math.min(longestRestMs, (performance.now() - begunAt) * restShare) : 0
      void pause(rest, undefined, { ref: false }).then(rested.resolve)
    }
  }

  async #requestsFirst(): Promise<void> {
    this.#forgetOld()
    if (this.#young.size === 0) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, patienceMs)
      this.#waiting.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  #forgetOld(): void {
    const now = performance.now()
    for (const [request, begunAt] of this.#young) {
      if (now - begunAt < youngMs) return
      this.#young.delete(request)
    }
  }

  #release(): void {
    if (this.#young.size > 0) return
    for (const go of this.#waiting.splice(0)) go()
  }
}
