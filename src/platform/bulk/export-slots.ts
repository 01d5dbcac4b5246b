import type { Gauge } from 'prom-client'

/** How many exports of one process run at once. A stream is refused where there is no slot, and a job waits for one. */
export class ExportSlots {
  #free: number
  readonly #running: Pick<Gauge, 'inc' | 'dec'>
  readonly #waiting: (() => void)[] = []

  constructor(slots: number, running: Pick<Gauge, 'inc' | 'dec'>) {
    this.#free = slots
    this.#running = running
  }

  /** Whether there was a free one. Who took it frees it. */
  take(): boolean {
    if (this.#free === 0) return false
    this.#free--
    this.#running.inc()
    return true
  }

  /** Throws once the signal is aborted. */
  async wait(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (this.take()) return
    await new Promise<void>((resolve, reject) => {
      const onAbort = () => {
        this.#waiting.splice(this.#waiting.indexOf(onFree), 1)
        reject(signal.reason)
      }
      const onFree = () => {
        signal.removeEventListener('abort', onAbort)
        resolve()
      }
      signal.addEventListener('abort', onAbort, { once: true })
      this.#waiting.push(onFree)
    })
  }

  free(): void {
    const next = this.#waiting.shift()
    if (next) {
      next()
      return
    }
    this.#free++
    this.#running.dec()
  }
}
