import { Socket } from 'node:net'

/**
 * A socket that sends at once what is written in one turn: statements that do not wait for each other would otherwise
 * take a system call each, which is most of what a small one costs.
 */
export class BatchingSocket extends Socket {
  #isBatching = false

  /** In one piece: a vector of small ones takes the kernel longer than copying them together. */
  override _writev(chunks: { chunk: Buffer; encoding: BufferEncoding }[], done: (error?: Error | null) => void): void {
    // What Node calls the encoding of what has none, and its types do not know.
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'buffer' as BufferEncoding, done)
  }

  override cork(): void {
    super.cork()
    if (this.#isBatching) return
    this.#isBatching = true
    super.cork()
    process.nextTick(() => {
      this.#isBatching = false
      this.uncork()
    })
  }
}
