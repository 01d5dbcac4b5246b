import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'

/** For how long a request goes before bulk work. Those that take longer wait for the database or for an event. */
const youngMs = 50
/** For how long a piece of bulk work waits: it goes on also where requests never end. */
const patienceMs = 5
/** For so long after a request others are expected. */
const recentMs = 250
const longestPauseMs = 6

/**
 * Requests go before bulk work, which runs in the same thread: between two pieces of an export or import the requests in
 * flight get the thread, and their next step finds it free.
 */
export class Precedence {
  /** When each request in flight began, oldest first. Those that are no longer young are not in it. */
  readonly #young = new Map<symbol, number>()
  #waiting: (() => void)[] = []
  #askedAt = Number.NEGATIVE_INFINITY
  #resumedAt = 0

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

  /** Resolves when the next piece of bulk work may run. */
  readonly turn = async (): Promise<void> => {
    const now = performance.now()
    if (now - this.#askedAt < recentMs) await pause(Math.min(longestPauseMs, now - this.#resumedAt))
    else await nextTurn()
    await this.#requestsFirst()
    this.#resumedAt = performance.now()
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
