import type { Hash } from 'node:crypto'
import { type ImportJob, keyReused, type StoredChunk, storedChunkBehind } from './import-job.ts'
import type { ImportParts } from './import-parts.ts'
import type { InputLine } from './input-lines.ts'

/**
 * The lines that are not committed yet. Those before them must be the ones that are: their chunks are reported again.
 * Throws IDEMPOTENCY_KEY_REUSED.
 */
export async function* linesBehindStored(
  pieces: AsyncIterable<readonly InputLine[]>,
  { transactions, send }: ImportParts,
  { job, hash }: { job: ImportJob; hash: Hash },
): AsyncGenerator<readonly InputLine[]> {
  const chunkBehind = (line: number) => transactions.run((tx) => storedChunkBehind(tx, job, line))
  let stored = await chunkBehind(0)
  for await (const lines of pieces) {
    let at = 0
    for (const line of lines) {
      if (!stored) break
      at++
      if (!repeats(line, stored, hash)) continue
      send(stored.report)
      stored = await chunkBehind(stored.lastLine)
    }
    if (!stored) yield lines.slice(at)
  }
  if (stored) throw keyReused()
}

/** Whether the line is the last one of the stored chunk. */
function repeats({ line, source }: InputLine, { lastLine, digest }: StoredChunk, hash: Hash): boolean {
  if (line > lastLine) throw keyReused()
  hash.update(source)
  if (line < lastLine) return false
  if (!hash.copy().digest().equals(digest)) throw keyReused()
  return true
}
