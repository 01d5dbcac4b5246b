import type { Hash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { runOrUndo } from '../database/undoable-transaction.ts'
import { pay } from '../limits/pay.ts'
import { NotTogether } from '../mutations/batch-call.ts'
import { isWorthRepeating } from '../mutations/run-mutation.ts'
import { type CheckedLine, checkLines, chunkWrites, performLines } from './import-chunk.ts'
import { chunkKept, claimChunk, counted, type ImportJob, jobKept } from './import-job.ts'
import type { ImportParts } from './import-parts.ts'
import { countLines, reportOf } from './import-report.ts'
import type { InputLine } from './input-lines.ts'

const maxAttempts = 5

/** Each chunk as a transaction of its own, which also keeps what became of its lines. */
export class ImportByChunks {
  readonly #parts: ImportParts
  #job: ImportJob
  /** Of all lines that are committed. */
  #hash: Hash

  constructor(parts: ImportParts, { job, hash }: { job: ImportJob; hash: Hash }) {
    this.#parts = parts
    this.#job = job
    this.#hash = hash
  }

  async run(chunks: AsyncIterable<readonly InputLine[]>): Promise<ImportJob> {
    let committing = Promise.resolve()
    try {
      for await (const lines of chunks) {
        // What follows a stop is not done.
        if (this.#job.state !== 'RUNNING') continue
        // While the chunk before it is in the database.
        const checked = await checkLines(lines, this.#parts)
        await committing
        committing = this.#commit(checked)
        // A failure is thrown where it is awaited.
        committing.catch(() => {})
      }
    } finally {
      await committing
    }
    if (this.#job.state === 'RUNNING') await this.#end()
    return this.#job
  }

  /** Runs again where PostgreSQL undid the transaction. */
  async #commit(chunk: readonly CheckedLine[]): Promise<void> {
    if (this.#job.state !== 'RUNNING') return
    await pay(this.#parts.budget, chunk.length)
    let lines = chunk
    let together = true
    for (let attempt = 1; ; attempt++) {
      try {
        const stopped = await this.#commitLines(lines, together)
        if (stopped === undefined) return
        lines = lines.filter(({ line }) => line <= stopped)
      } catch (error) {
        if (error instanceof NotTogether && together) together = false
        else if (attempt < maxAttempts && isWorthRepeating(error)) await pause(Math.random() * 20 * 2 ** attempt)
        else throw error
      }
    }
  }

  /** Returns the first refused line where nothing behind it may be done: then nothing was committed. */
  async #commitLines(lines: readonly CheckedLine[], together: boolean): Promise<number | undefined> {
    const { transactions, viewer, importable, metrics, send } = this.#parts
    const hash = this.#hash.copy()
    for (const { source } of lines) hash.update(source)
    let stoppedAt: number | undefined
    let report = ''
    let after = this.#job
    await runOrUndo(transactions, async (tx) => {
      await claimChunk(tx, this.#job)
      const done = await performLines(tx, lines, this.#parts, { together })
      const refused = this.#job.mode === 'STOP' ? done.results.find((result) => 'errors' in result) : undefined
      stoppedAt = refused && refused !== done.results.at(-1) ? refused.line : undefined
      if (stoppedAt !== undefined) return 'undo'
      after = counted(this.#job, done.results, refused ? 'STOPPED' : 'RUNNING')
      report = reportOf(done.results, after, importable)
      tx.$withCommit(tx.$queryRaw(chunkWrites(done, viewer, chunkKept(after, hash.copy().digest(), report))))
      return 'commit'
    })
    if (stoppedAt !== undefined) return stoppedAt
    countLines(metrics, this.#job, after)
    this.#job = after
    this.#hash = hash
    send(report)
    return undefined
  }

  async #end(): Promise<void> {
    const ended: ImportJob = { ...this.#job, state: 'DONE' }
    await this.#parts.transactions.run((tx) => tx.$executeRaw(jobKept(ended)))
    this.#job = ended
  }
}
