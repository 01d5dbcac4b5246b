import { Socket } from 'node:net'

/**
 * A socket that sends at once what is written in one turn: statements that do not wait for each other would otherwise
 * take a system call each, which is most of what a small one costs.
 */
export class GatheringSocket extends Socket {
  #isGathering = false

  override cork(): void {
    super.cork()
    if (this.#isGathering) return
    this.#isGathering = true
    super.cork()
    process.nextTick(() => {
      this.#isGathering = false
      this.uncork()
    })
  }
}
