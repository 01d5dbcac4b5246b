import { createHash } from 'node:crypto'
import { encodeId } from '../graphql/ids.ts'
import type { Precedence } from '../limits/precedence.ts'
import { importAsOne } from './import-as-one.ts'
import { ImportByChunks } from './import-by-chunks.ts'
import { type ImportJob, openJob } from './import-job.ts'
import type { ImportParts } from './import-parts.ts'
import { textOf } from './import-report.ts'
import type { InputLine } from './input-lines.ts'
import { linesBehindStored } from './stored-lines.ts'

/**
 * How many lines a chunk has, and how many bytes of them. Larger ones are not faster, and keep requests waiting: the inputs
 * of a chunk take turns of the event loop together. While requests come, a chunk has fewer.
 */
const chunkLines = 200
const chunkLinesBesideRequests = 50
const chunkBytes = 4_000_000

/** An import of lines in chunks. Sent again, it reports the chunks that are committed, and goes on behind them. */
export class LineImport {
  readonly #parts: ImportParts
  readonly #job: ImportJob

  /** Throws for a key that another import has. */
  static async open(parts: ImportParts): Promise<LineImport> {
    const { transactions, viewer, key, options } = parts
    const job = await transactions.run((tx) => openJob(tx, viewer, key, options))
    return new LineImport(parts, job)
  }

  private constructor(parts: ImportParts, job: ImportJob) {
    this.#parts = parts
    this.#job = job
  }

  get id(): string {
    return encodeId('BulkImport', this.#job.id)
  }

  /** Imports all lines, and sends what became of each. */
  async run(pieces: AsyncIterable<readonly InputLine[]>): Promise<void> {
    const { options, send } = this.#parts
    send(textOf([{ import: { id: this.id, mutation: options.mutation, goesOnBehindLine: this.#job.lastLine } }]))
    const { state, lastLine, doneCount, refusedCount } = await this.#import(pieces)
    send(textOf([{ summary: { state, lastLine, done: doneCount, refused: refusedCount } }]))
  }

  #import(pieces: AsyncIterable<readonly InputLine[]>): Promise<ImportJob> {
    const job = this.#job
    const isOne = job.isDryRun || job.mode === 'ROLLBACK'
    const { precedence } = this.#parts
    if (isOne && job.state === 'RUNNING') return importAsOne(chunksOf(pieces, precedence), this.#parts, job)
    const stored = { job, hash: createHash('sha256') }
    return new ImportByChunks(this.#parts, stored).run(
      chunksOf(linesBehindStored(pieces, this.#parts, stored), precedence),
    )
  }
}

/** Where the file ends early, the lines before that are a chunk too. */
async function* chunksOf(
  pieces: AsyncIterable<readonly InputLine[]>,
  precedence: Precedence,
): AsyncGenerator<readonly InputLine[]> {
  let held: InputLine[] = []
  let bytes = 0
  let failure: { error: unknown } | undefined
  try {
    for await (const lines of pieces) {
      for (const line of lines) {
        held.push(line)
        bytes += line.source.length
        if (held.length < (precedence.isAsked ? chunkLinesBesideRequests : chunkLines) && bytes < chunkBytes) continue
        yield held
        held = []
        bytes = 0
      }
    }
  } catch (error) {
    failure = { error }
  }
  if (held.length > 0) yield held
  if (failure) throw failure.error
}
