import { Socket } from 'node:net'

/**
 * A socket that sends everything written in one turn at once. Pipelined statements would otherwise take a system call
 * each, which is most of the cost of a small statement.
 */
export class BatchingSocket extends Socket {
  #isBatching = false

  /** In one buffer: the kernel takes longer for a vector of small ones than for one copy. */
  override _writev(chunks: { chunk: Buffer; encoding: BufferEncoding }[], done: (error?: Error | null) => void): void {
    // Node's name for the encoding of a buffer, which its types do not have.
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
