import type { Importable } from '../mutations/importable.ts'
import type { Metrics } from '../observability/metrics.ts'
import { type LineResult, mainIdOf } from './import-chunk.ts'
import type { ImportJob } from './import-job.ts'

/** A part of the report: NDJSON. */
export function textOf(parts: readonly object[]): string {
  let text = ''
  for (const part of parts) text += `${JSON.stringify(part)}\n`
  return text
}

/** Counts the lines that were committed between two states of an import. */
export function countLines({ importedLines }: Metrics, before: ImportJob, after: ImportJob): void {
  importedLines.inc({ outcome: 'done' }, after.doneCount - before.doneCount)
  importedLines.inc({ outcome: 'refused' }, after.refusedCount - before.refusedCount)
}

/** What became of some lines. What a later line can undo is only valid. */
export function reportOf(
  results: readonly LineResult[],
  { mode, isDryRun }: ImportJob,
  importable: Importable,
): string {
  return textOf(
    results.map((result) => {
      const { line } = result
      if ('errors' in result) return { line, outcome: 'REFUSED', errors: result.errors }
      if (isDryRun) return { line, outcome: 'VALID' }
      return { line, outcome: mode === 'ROLLBACK' ? 'VALID' : 'DONE', id: mainIdOf(result.outcome, importable) }
    }),
  )
}
