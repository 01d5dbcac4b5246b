import { setImmediate as nextTurn } from 'node:timers/promises'

/** For how long a request goes before bulk work. Those that take longer wait for the database or for an event. */
const youngMs = 50
/** For how long a piece of bulk work waits: it goes on also where requests never end. */
const patienceMs = 5

/**
 * Requests go before bulk work, which runs in the same thread: between two pieces of an export or import the requests in
 * flight get the thread, and their next step finds it free.
 */
export class Precedence {
  /** When each request in flight began, oldest first. Those that are no longer young are not in it. */
  readonly #young = new Map<symbol, number>()
  #waiting: (() => void)[] = []

  /** Responds to a request. */
  async during<Result>(respond: () => Promise<Result>): Promise<Result> {
    const request = Symbol('request')
    this.#young.set(request, performance.now())
    try {
      return await respond()
    } finally {
      this.#young.delete(request)
      this.#release()
    }
  }

  /** Resolves when the next piece of bulk work may run. */
  readonly turn = async (): Promise<void> => {
    await nextTurn()
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
