import { isComparable, type WalPosition } from './wal-position.ts'

/** At four samples a second, more than four minutes. */
const mostSamples = 1000

/** When the primary's log was where, on the clock of this process. It compares no clocks of machines. */
export class WalClock {
  #latest: WalPosition | undefined
  /** Where the primary was when this process first saw it on its timeline. */
  #first: WalPosition | undefined
  /** In the order of time. Each says: everything visible then stands in the log up to here. */
  #samples: { lsn: bigint; at: number }[] = []

  get latest(): WalPosition | undefined {
    return this.#latest
  }

  /** `at` is from before the question, as `performance.now()` counts. */
  record(position: WalPosition, at: number): void {
    if (!this.#latest || !isComparable(position, this.#latest)) {
      this.#samples = []
      this.#first = position
    }
    this.#latest = position
    const last = this.#samples.at(-1)
    // While nothing is written, the old place holds for the new time.
    if (last?.lsn === position.lsn) last.at = at
    else this.#samples.push({ lsn: position.lsn, at })
    if (this.#samples.length > 2 * mostSamples) this.#samples = this.#samples.slice(-mostSamples)
  }

  /**
   * Where on the primary's timeline everything is visible that was visible at a position and that the primary has; undefined
   * where that is not known. What an earlier timeline had and this one has not is lost on the primary too.
   */
  hereOf(position: WalPosition): WalPosition | undefined {
    if (!this.#latest || position.cluster !== this.#latest.cluster) return undefined
    if (position.timeline === this.#latest.timeline) return position
    return position.timeline < this.#latest.timeline ? this.#first : undefined
  }

  /** Since when a server that has replayed up to here may lack something; undefined where that is not known. */
  timeOf(replayed: WalPosition): number | undefined {
    if (!this.#latest || !isComparable(replayed, this.#latest)) return undefined
    return this.#samples.findLast(({ lsn }) => lsn <= replayed.lsn)?.at
  }
}
