import { z } from 'zod'
import { Prisma } from '../../generated/prisma/client.ts'
import { BulkImportMode, BulkImportState } from '../../generated/prisma/enums.ts'
import { principalOf, type Viewer } from '../auth/viewer.ts'
import type { KeptRows } from '../database/retention-rule.ts'
import type { Transaction } from '../database/transaction.ts'
import { uuidV7 } from '../database/uuid-v7.ts'
import { clientError } from '../errors.ts'
import { atOnce } from '../mutations/run-mutation.ts'
import type { LineResult } from './import-chunk.ts'

const job = z.object({
  id: z.string(),
  mutation: z.string(),
  mode: z.enum(BulkImportMode),
  isDryRun: z.boolean(),
  state: z.enum(BulkImportState),
  lastLine: z.number(),
  doneCount: z.number(),
  refusedCount: z.number(),
})

/** An import as the database has it. */
export type ImportJob = z.infer<typeof job>

export interface ImportOptions {
  mutation: string
  mode: BulkImportMode
  isDryRun: boolean
}

/** The import of this key: a new one, or the one that it belongs to. Throws IDEMPOTENCY_KEY_REUSED. */
export async function openJob(
  tx: Transaction,
  viewer: Viewer,
  key: string,
  { mutation, mode, isDryRun }: ImportOptions,
): Promise<ImportJob> {
  await tx.$executeRaw`
    insert into platform.pf_import (uid, prin_cd, idem_key, verb_nm, mode_cd, dry_flg)
    values (${uuidV7()}::uuid, ${principalOf(viewer)}, ${key}, ${mutation}, ${mode}::platform.pf_import_mode_t, ${isDryRun})
    on conflict (prin_cd, idem_key) do nothing`
  const [found] = z.tuple([job]).parse(
    await tx.$queryRaw`
      select uid as "id", verb_nm as "mutation", mode_cd::text as "mode", dry_flg as "isDryRun", state_cd::text as "state",
             last_line as "lastLine", done_cnt as "doneCount", refused_cnt as "refusedCount"
      from platform.pf_import where prin_cd = ${principalOf(viewer)} and idem_key = ${key}`,
  )
  if (found.mutation !== mutation || found.mode !== mode || found.isDryRun !== isDryRun) throw keyReused()
  return found
}

export function keyReused() {
  return clientError(
    'IDEMPOTENCY_KEY_REUSED',
    'This key came with another import before; use a new one for a new import.',
  )
}

const chunk = z.object({ lastLine: z.number(), digest: z.instanceof(Buffer), report: z.string() })
export type StoredChunk = z.infer<typeof chunk>

/** The chunk behind a line; undefined where no further one is committed. */
export async function storedChunkBehind(
  tx: Transaction,
  { id }: ImportJob,
  line: number,
): Promise<StoredChunk | undefined> {
  const rows = await tx.$queryRaw`
    select last_line as "lastLine", lines_sha as "digest", report_txt as "report" from platform.pf_import_chunk
    where import_uid = ${id}::uuid and last_line > ${line} order by last_line limit 1`
  return z.array(chunk).parse(rows)[0]
}

/** Holds other requests of the import off while this transaction goes on behind its last line. Throws …_IN_FLIGHT. */
export async function claimChunk(tx: Transaction, { id, lastLine }: ImportJob): Promise<void> {
  const rows = await tx.$queryRaw`
    select from platform.pf_import
    where uid = ${id}::uuid and last_line = ${lastLine} and state_cd = 'RUNNING' for no key update nowait`
  if (rows.length === 1) return
  throw clientError('IDEMPOTENCY_KEY_IN_FLIGHT', 'Another request goes on with this import; wait for it.', {
    extensions: { retryAfterSeconds: 1 },
  })
}

/** Records a chunk, as one statement. */
export function chunkKept(job: ImportJob, digest: Buffer, report: string): Prisma.Sql {
  const chunk = Prisma.sql`
    insert into platform.pf_import_chunk (import_uid, last_line, lines_sha, report_txt)
    values (${job.id}::uuid, ${job.lastLine}, ${Uint8Array.from(digest)}, ${report})`
  return atOnce([chunk], jobKept(job))
}

export function jobKept({
  id,
  lastLine,
  doneCount,
  refusedCount,
  state,
}: Omit<ImportJob, 'mutation' | 'mode' | 'isDryRun'>) {
  return Prisma.sql`
    update platform.pf_import set last_line = ${lastLine}, done_cnt = ${doneCount}, refused_cnt = ${refusedCount},
      state_cd = ${state}::platform.pf_import_state_t, updated_ts = now()
    where uid = ${id}::uuid`
}

/** The import with the results of further lines. */
export function counted(job: ImportJob, results: readonly LineResult[], state: ImportJob['state']): ImportJob {
  const refused = results.filter((result) => 'errors' in result).length
  return {
    ...job,
    state,
    lastLine: results.at(-1)?.line ?? job.lastLine,
    doneCount: job.doneCount + results.length - refused,
    refusedCount: job.refusedCount + refused,
  }
}

const keptDays = 7

/** With their reports. */
export const keptImports: KeptRows = {
  name: 'imports',
  keep: `${keptDays} days`,
  table: 'platform.pf_import',
  isOver: Prisma.sql`created_ts < now() - make_interval(days => ${keptDays})`,
}
