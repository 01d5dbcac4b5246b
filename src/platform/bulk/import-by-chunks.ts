import type { Hash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { runOrUndo } from '../database/undoable-transaction.ts'
import { pay } from '../limits/pay.ts'
import type { Touched } from '../mutations/batch.ts'
import { NotTogether } from '../mutations/batch-call.ts'
import { isWorthRepeating } from '../mutations/run-mutation.ts'
import { type CheckedLine, type ChunkResults, checkLines, chunkWrites, performLines } from './import-chunk.ts'
import { chunkKept, claimChunk, counted, type ImportJob, jobKept } from './import-job.ts'
import type { ImportParts } from './import-parts.ts'
import { countLines, reportOf } from './import-report.ts'
import type { InputLine } from './input-lines.ts'

const maxAttempts = 5
/** After a chunk that depends on the one before it, so many are likely to do so too. */
const chunksApart = 16

/** A transaction whose work is done, and is being written down and committed. */
interface Committing {
  touched: Touched
  /** Rejects where the transaction was undone. */
  committed: Promise<void>
}

/** The same with its chunk, which is committed in another transaction where this one was undone. */
interface Before extends Committing {
  ended: Promise<void>
}

interface Chunk {
  /** Undefined where the next chunk must wait until this one is committed. */
  worked: Promise<Before | undefined>
  ended: Promise<void>
}

interface CommitOptions {
  together: boolean
  /** What is being committed meanwhile. */
  beside: Before | undefined
  onWorked: (committing: Committing) => void
}

/** Ends the work of a chunk that was done too early: it is done again behind the chunk before. */
class Overtaken extends Error {}

/**
 * Each chunk as a transaction of its own, which also keeps what became of its lines. While events and report of one chunk are
 * written and committed, the next one does its work, in another transaction. It is committed behind the other, and only if
 * it does not depend on what that one has touched; else it is undone and done again.
 */
export class ImportByChunks {
  readonly #parts: ImportParts
  #job: ImportJob
  /** Of all lines that are committed. */
  #hash: Hash
  /** How many chunks begin only when the one before is committed. */
  #apart = 0

  constructor(parts: ImportParts, { job, hash }: { job: ImportJob; hash: Hash }) {
    this.#parts = parts
    this.#job = job
    this.#hash = hash
  }

  async run(chunks: AsyncIterable<readonly InputLine[]>): Promise<ImportJob> {
    let last: Chunk | undefined
    try {
      for await (const lines of chunks) {
        // What follows a stop is not done.
        if (this.#job.state !== 'RUNNING') continue
        // While the chunk before it is in the database.
        const checked = await checkLines(lines, this.#parts)
        last = this.#begin(checked, await this.#before(last))
      }
    } finally {
      await last?.ended
    }
    if (this.#job.state === 'RUNNING') await this.#end()
    return this.#job
  }

  /** The transaction beside which the next chunk begins. */
  async #before(last: Chunk | undefined): Promise<Before | undefined> {
    const { precedence } = this.#parts
    // Behind a line that is refused nothing is done, and beside requests one thing at a time.
    if (this.#job.mode !== 'STOP' && this.#apart === 0 && !precedence.isAsked) return last?.worked
    this.#apart = Math.max(0, this.#apart - 1)
    await last?.ended
    return undefined
  }

  #begin(lines: readonly CheckedLine[], before: Before | undefined): Chunk {
    const worked = Promise.withResolvers<Before | undefined>()
    const onWorked = (committing: Committing) => worked.resolve({ ...committing, ended })
    const ended: Promise<void> = this.#inTurn(lines.length, () => this.#commit(lines, before, onWorked))
    ended.then(() => worked.resolve(undefined), worked.reject)
    // A failure is thrown where it is awaited: behind a chunk that failed nothing is done.
    worked.promise.catch(() => {})
    return { worked: worked.promise, ended }
  }

  async #inTurn(lines: number, commit: () => Promise<void>): Promise<void> {
    if (this.#job.state !== 'RUNNING') return
    const { budget, precedence } = this.#parts
    await pay(budget, lines)
    await precedence.piece(commit)
  }

  /** Runs again where PostgreSQL undid the transaction. */
  async #commit(
    chunk: readonly CheckedLine[],
    before: Before | undefined,
    onWorked: CommitOptions['onWorked'],
  ): Promise<void> {
    let lines = chunk
    let together = true
    let beside = before
    for (let attempt = 1; ; attempt++) {
      try {
        const stopped = await this.#commitLines(lines, { together, beside, onWorked })
        if (stopped === undefined) return
        lines = lines.filter(({ line }) => line <= stopped)
      } catch (error) {
        if (beside) {
          await beside.ended
          this.#apart = chunksApart
          beside = undefined
        }
        if (error instanceof NotTogether && together) together = false
        else if (error instanceof Overtaken) continue
        else if (attempt < maxAttempts && isWorthRepeating(error)) await pause(Math.random() * 20 * 2 ** attempt)
        else throw error
      }
    }
  }

  /** Returns the first refused line where nothing behind it may be done: then nothing was committed. */
  async #commitLines(
    lines: readonly CheckedLine[],
    { together, beside, onWorked }: CommitOptions,
  ): Promise<number | undefined> {
    const { transactions, viewer, importable, metrics, send } = this.#parts
    const ended = Promise.withResolvers<void>()
    // Only a chunk beside it awaits it.
    ended.promise.catch(() => {})
    let stoppedAt: number | undefined
    let report = ''
    let after = this.#job
    let hash = this.#hash
    try {
      await runOrUndo(transactions, async (tx) => {
        if (!beside) await claimChunk(tx, this.#job)
        const done = await performLines(tx, lines, this.#parts, { together })
        if (beside) {
          await requireUntouched(done, beside)
          await claimChunk(tx, this.#job)
        }
        const refused = this.#job.mode === 'STOP' ? done.results.find((result) => 'errors' in result) : undefined
        stoppedAt = refused && refused !== done.results.at(-1) ? refused.line : undefined
        if (stoppedAt !== undefined) return 'undo'
        if (done.touched) onWorked({ touched: done.touched, committed: ended.promise })
        hash = this.#hash.copy()
        for (const { source } of lines) hash.update(source)
        after = counted(this.#job, done.results, refused ? 'STOPPED' : 'RUNNING')
        report = reportOf(done.results, after, importable)
        tx.$withCommit(tx.$queryRaw(chunkWrites(done, viewer, chunkKept(after, hash.copy().digest(), report))))
        return 'commit'
      })
    } catch (error) {
      ended.reject(error)
      throw error
    }
    if (stoppedAt !== undefined) return stoppedAt
    countLines(metrics, this.#job, after)
    this.#job = after
    this.#hash = hash
    ended.resolve()
    send(report)
    return undefined
  }

  async #end(): Promise<void> {
    const ended: ImportJob = { ...this.#job, state: 'DONE' }
    await this.#parts.transactions.run((tx) => tx.$executeRaw(jobKept(ended)))
    this.#job = ended
  }
}

/** Waits for the chunk before. Throws Overtaken where the work must be done again. */
async function requireUntouched({ touched }: ChunkResults, { touched: before, committed }: Before): Promise<void> {
  await committed.catch(() => {
    throw new Overtaken('the chunk before was undone')
  })
  if (!touched || touched.dependsOn(before)) throw new Overtaken('the chunk before has touched the same')
}
