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
/** Two keep both cores busy where one waits for the other; a further one waits for its turn with its work done. */
const chunksUnderWay = 3
/** After a chunk that depends on one before it, so many are likely to do so too; twice as many the next time. */
const chunksApart = { least: 16, most: 1024 }
/**
 * A chunk whose work is done waits so long for the work of the one before. That one may need a row that this one has
 * locked, and PostgreSQL does not know that this one waits in turn.
 */
const patienceMs = 1000

/** The first transaction of a chunk. Both reject where it was undone; the chunk is then done again in another one. */
interface FirstTransaction {
  /** It locks nothing further of what other chunks lock. */
  worked: PromiseWithResolvers<void>
  /** What it has touched, and those before it that were under way. */
  committed: PromiseWithResolvers<readonly Touched[]>
}

interface Chunk {
  first: FirstTransaction
  ended: Promise<void>
}

interface CommitOptions {
  together: boolean
  /** The chunk before, if it is under way. */
  beside: Chunk | undefined
  onWorked: () => void
}

/** Ends the work of a chunk that was done too early: it is done again behind the chunk before. */
class Overtaken extends Error {}

/**
 * Each chunk as a transaction of its own, which also keeps what became of its lines. A few of them work at once. Each is
 * committed behind the one before, and only if it does not depend on what those beside it have touched; else it is undone
 * and done again.
 */
export class ImportByChunks {
  readonly #parts: ImportParts
  #job: ImportJob
  /** Of all lines that are committed. */
  #hash: Hash
  /** Oldest first. One that failed stays. */
  readonly #underWay: Chunk[] = []
  /** How many chunks begin only when the one before has ended. */
  #apart = 0
  #nextApart = chunksApart.least

  constructor(parts: ImportParts, { job, hash }: { job: ImportJob; hash: Hash }) {
    this.#parts = parts
    this.#job = job
    this.#hash = hash
  }

  async run(chunks: AsyncIterable<readonly InputLine[]>): Promise<ImportJob> {
    try {
      for await (const lines of chunks) {
        // What follows a stop is not done.
        if (this.#job.state !== 'RUNNING') continue
        // While the chunks before it are in the database.
        const checked = await checkLines(lines, this.#parts)
        await this.#underWay.at(-this.#mostUnderWay())?.ended
        this.#begin(checked)
      }
    } finally {
      await this.#underWay.at(-1)?.ended
    }
    if (this.#job.state === 'RUNNING') await this.#end()
    return this.#job
  }

  #mostUnderWay(): number {
    // Behind a line that is refused nothing is done, and beside requests one thing at a time.
    if (this.#job.mode !== 'STOP' && this.#apart === 0 && !this.#parts.precedence.isAsked) return chunksUnderWay
    this.#apart = Math.max(0, this.#apart - 1)
    return 1
  }

  #begin(lines: readonly CheckedLine[]): void {
    const before = this.#underWay.at(-1)
    const first: FirstTransaction = { worked: Promise.withResolvers(), committed: Promise.withResolvers() }
    const ended = this.#inTurn(lines.length, () => this.#commit(lines, before, first))
    const chunk: Chunk = { first, ended }
    this.#underWay.push(chunk)
    ended.then(
      () => this.#underWay.splice(this.#underWay.indexOf(chunk), 1),
      (error: unknown) => undone(first, error),
    )
  }

  async #inTurn(lines: number, commit: () => Promise<void>): Promise<void> {
    if (this.#job.state !== 'RUNNING') return
    const { budget, precedence } = this.#parts
    await pay(budget, lines)
    await precedence.piece(commit)
  }

  /** Runs again where the transaction was undone. */
  async #commit(chunk: readonly CheckedLine[], before: Chunk | undefined, first: FirstTransaction): Promise<void> {
    let lines = chunk
    let together = true
    let beside = before
    for (let attempt = 1; ; attempt++) {
      try {
        const result = await this.#commitLines(lines, { together, beside, onWorked: first.worked.resolve })
        if ('touched' in result) return first.committed.resolve(result.touched)
        lines = lines.filter(({ line }) => line <= result.stoppedAt)
      } catch (error) {
        undone(first, new Overtaken('the chunk before was undone'))
        if (beside) {
          await beside.ended
          this.#setApart()
          beside = undefined
        }
        if (error instanceof NotTogether && together) together = false
        else if (error instanceof Overtaken) continue
        else if (attempt < maxAttempts && isWorthRepeating(error)) await pause(Math.random() * 20 * 2 ** attempt)
        else throw error
      }
    }
  }

  /** Once for all chunks that were undone because one of them was. */
  #setApart(): void {
    if (this.#apart > 0) return
    this.#apart = this.#nextApart
    this.#nextApart = Math.min(chunksApart.most, 2 * this.#nextApart)
  }

  /** Returns the first refused line where nothing behind it may be done: then nothing was committed. */
  async #commitLines(
    lines: readonly CheckedLine[],
    { together, beside, onWorked }: CommitOptions,
  ): Promise<{ touched: readonly Touched[] } | { stoppedAt: number }> {
    const { transactions, viewer, importable, metrics, send } = this.#parts
    let touched: readonly Touched[] = []
    let stoppedAt: number | undefined
    let report = ''
    let after = this.#job
    let hash = this.#hash
    await runOrUndo(transactions, async (tx) => {
      if (!beside) await claimChunk(tx, this.#job)
      const done = await performLines(tx, lines, this.#parts, { together })
      onWorked()
      const refused = this.#job.mode === 'STOP' ? done.results.find((result) => 'errors' in result) : undefined
      stoppedAt = refused && refused !== done.results.at(-1) ? refused.line : undefined
      if (stoppedAt !== undefined) return 'undo'
      tx.$withCommit(tx.$queryRaw(chunkWrites(done, viewer)))
      touched = await touchedBehind(done, beside)
      if (beside) await claimChunk(tx, this.#job)
      hash = this.#hash.copy()
      for (const { source } of lines) hash.update(source)
      after = counted(this.#job, done.results, refused ? 'STOPPED' : 'RUNNING')
      report = reportOf(done.results, after, importable)
      tx.$withCommit(tx.$executeRaw(chunkKept(after, hash.copy().digest(), report)))
      return 'commit'
    })
    if (stoppedAt !== undefined) return { stoppedAt }
    if (beside) this.#nextApart = chunksApart.least
    countLines(metrics, this.#job, after)
    this.#job = after
    this.#hash = hash
    send(report)
    return { touched }
  }

  async #end(): Promise<void> {
    const ended: ImportJob = { ...this.#job, state: 'DONE' }
    await this.#parts.transactions.run((tx) => tx.$executeRaw(jobKept(ended)))
    this.#job = ended
  }
}

function undone({ worked, committed }: FirstTransaction, error: unknown): void {
  for (const { promise, reject } of [worked, committed]) {
    // A failure is thrown where the chunk is awaited.
    promise.catch(() => {})
    reject(error)
  }
}

/**
 * Waits until the chunk before is committed. Returns what the two have touched. Throws Overtaken where the work must be
 * done again.
 */
async function touchedBehind({ touched }: ChunkResults, beside: Chunk | undefined): Promise<readonly Touched[]> {
  if (!beside) return touched ? [touched] : []
  await soon(beside.first.worked.promise)
  const before = await beside.first.committed.promise
  if (!touched || before.some((other) => touched.dependsOn(other)))
    throw new Overtaken('a chunk before has touched the same')
  return [touched, ...before].slice(0, chunksUnderWay - 1)
}

async function soon(event: Promise<void>): Promise<void> {
  const tooLate = Promise.withResolvers<never>()
  const timer = setTimeout(() => tooLate.reject(new Overtaken('the chunk before may wait for this one')), patienceMs)
  try {
    await Promise.race([event, tooLate.promise])
  } finally {
    clearTimeout(timer)
  }
}
