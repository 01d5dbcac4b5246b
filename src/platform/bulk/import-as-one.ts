import type { Transaction } from '../database/transaction.ts'
import { runOrUndo } from '../database/undoable-transaction.ts'
import { clientError } from '../errors.ts'
import { secondsToPay } from '../limits/pay.ts'
import { NotTogether } from '../mutations/batch-call.ts'
import { type CheckedLine, type ChunkResults, checkLines, chunkWrites, performLines } from './import-chunk.ts'
import { claimChunk, counted, type ImportJob, jobKept } from './import-job.ts'
import type { ImportParts } from './import-parts.ts'
import { countLines, reportOf } from './import-report.ts'
import type { InputLine } from './input-lines.ts'

/** All chunks as one transaction, which is undone where a line is refused, and at the end of a dry run. */
export async function importAsOne(
  chunks: AsyncIterable<readonly InputLine[]>,
  parts: ImportParts,
  job: ImportJob,
): Promise<ImportJob> {
  const { long, transactions, viewer, budget, importable, metrics, send } = parts
  let after = job
  await runOrUndo(long, async (tx) => {
    await claimChunk(tx, job)
    for await (const lines of chunks) {
      // No transaction waits for a budget.
      const seconds = await secondsToPay(budget, lines.length)
      if (seconds !== undefined) throw tooManyLines(seconds)
      // Nor does it wait for the pieces of other bulk work, which may wait for its rows.
      const done = await performWithin(tx, await checkLines(lines, parts), parts)
      after = counted(after, done.results, 'RUNNING')
      if (!job.isDryRun) await tx.$queryRaw(chunkWrites(done, viewer))
      send(reportOf(done.results, job, importable))
    }
    after = endOf(after)
    if (isUndone(after)) return 'undo'
    tx.$withCommit(tx.$executeRaw(jobKept(after)))
    return 'commit'
  })
  if (isUndone(after)) await transactions.run((tx) => tx.$executeRaw(jobKept(after)))
  else countLines(metrics, job, after)
  return after
}

function endOf(job: ImportJob): ImportJob {
  const isRolledBack = job.mode === 'ROLLBACK' && job.refusedCount > 0
  return isRolledBack ? { ...job, state: 'ROLLED_BACK', doneCount: 0 } : { ...job, state: 'DONE' }
}

function isUndone({ isDryRun, state }: ImportJob): boolean {
  return isDryRun || state === 'ROLLED_BACK'
}

/** A chunk within a larger transaction. */
async function performWithin(
  tx: Transaction,
  lines: readonly CheckedLine[],
  parts: ImportParts,
): Promise<ChunkResults> {
  await tx.$queryRawUnsafe('savepoint chunk')
  try {
    return await performLines(tx, lines, parts, { together: true })
  } catch (error) {
    if (!(error instanceof NotTogether)) throw error
    await tx.$queryRawUnsafe('rollback to savepoint chunk')
    return performLines(tx, lines, parts, { together: false })
  }
}

function tooManyLines(seconds: number) {
  const message = `Too many lines were imported in a short time; try again in ${seconds} s.`
  return clientError('RATE_LIMITED', message, { extensions: { retryAfterSeconds: seconds } })
}
