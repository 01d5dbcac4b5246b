import { z } from 'zod'
import { Prisma } from '../../generated/prisma/client.ts'
import { BulkExportCompression, BulkExportFormat } from '../../generated/prisma/enums.ts'
import type { KeptRows } from '../database/retention-rule.ts'
import type { Transaction } from '../database/transaction.ts'
import { safeFile } from './file-store.ts'
import { viewerFrom } from './stored-viewer.ts'

/** What is safe in the file of an export, and where to go on. */
export const exportMark = z.object({
  file: safeFile,
  rows: z.number(),
  /** How many snapshots these rows are of. */
  snapshots: z.number(),
  /** The cursor behind which the rest begins; null where all of it is in the file. */
  after: z.string().nullable(),
})
export type ExportMark = z.infer<typeof exportMark>

const begunRuns = z
  .array(
    z.object({
      id: z.string(),
      run: z.number(),
      tries: z.number(),
      viewer: z.unknown().transform(viewerFrom),
      authorizedAt: z.date(),
      requestId: z.string(),
      document: z.string(),
      variables: z.record(z.string(), z.unknown()),
      format: z.enum(BulkExportFormat),
      compression: z.enum(BulkExportCompression),
      mark: exportMark.nullable(),
    }),
  )
  .max(1)

/** An export that a process has begun to run. */
export type BegunRun = z.infer<typeof begunRuns>[number]
type RunName = Pick<BegunRun, 'id' | 'run'>

/** Begins a run. Undefined where the export has ended. */
export async function beginRun(tx: Transaction, id: string): Promise<BegunRun | undefined> {
  const [begun] = begunRuns.parse(
    await tx.$queryRaw`
      update platform.pf_bulk_export
      set state_cd = 'RUNNING', runs_nr = runs_nr + 1, tries_nr = tries_nr + 1, started_ts = coalesce(started_ts, now()),
          rows_nr = ${markedRows}, bytes_nr = ${markedBytes}
      where uid = ${id}::uuid and ended_ts is null
      returning uid as "id", runs_nr as "run", tries_nr as "tries", viewer_doc as "viewer", auth_ts as "authorizedAt",
                req_id as "requestId", gql_txt as "document", gql_vars as "variables", format_cd as "format",
                compress_cd as "compression", mark_doc as "mark"`,
  )
  return begun
}

const markedRows = Prisma.sql`coalesce((mark_doc->>'rows')::int, 0)`
const markedBytes = Prisma.sql`coalesce((mark_doc->'file'->>'bytes')::bigint, 0)`

/** The export was cancelled, or another process runs it, since it took this one for dead. */
export class Superseded extends Error {}

/** Throws Superseded. */
export async function requireCurrent(tx: Transaction, { id, run }: RunName): Promise<void> {
  const count = await tx.$executeRaw`
    select 1 from platform.pf_bulk_export where uid = ${id}::uuid and runs_nr = ${run} and ended_ts is null`
  if (count === 0) throw superseded()
}

function superseded(): Superseded {
  return new Superseded('the export has ended, or another process runs it')
}

/** Writes only where no later run has begun. Throws Superseded. */
async function write(tx: Transaction, { id, run }: RunName, changes: Prisma.Sql): Promise<void> {
  const count = await tx.$executeRaw`
    update platform.pf_bulk_export set ${changes} where uid = ${id}::uuid and runs_nr = ${run} and ended_ts is null`
  if (count === 0) throw superseded()
}

/** What is safe in the file. */
export function recordMark(tx: Transaction, name: RunName, mark: ExportMark): Promise<void> {
  const { rows, snapshots, file } = mark
  return write(
    tx,
    name,
    Prisma.sql`mark_doc = ${JSON.stringify(mark)}::jsonb, rows_nr = ${rows}, bytes_nr = ${file.bytes},
               snaps_nr = ${snapshots}, tries_nr = case when ${markedRows} < ${rows} then 0 else tries_nr end`,
  )
}

/** How far it is, where the last bytes are not safe yet. */
export function recordProgress(tx: Transaction, name: RunName, { rows, bytes }: { rows: number; bytes: number }) {
  return write(tx, name, Prisma.sql`rows_nr = ${rows}, bytes_nr = ${bytes}`)
}

export function recordDone(tx: Transaction, name: RunName): Promise<void> {
  return write(tx, name, Prisma.sql`state_cd = 'DONE', ended_ts = now()`)
}

/** It stands where its file is safe. */
export function recordFailure(tx: Transaction, name: RunName, { code, message }: { code: string; message: string }) {
  return write(
    tx,
    name,
    Prisma.sql`state_cd = 'FAILED', ended_ts = now(), fail_cd = ${code}, fail_txt = ${message},
               rows_nr = ${markedRows}, bytes_nr = ${markedBytes}`,
  )
}

/** It forgets what it had written, which is gone. */
export function recordLoss(tx: Transaction, name: RunName): Promise<void> {
  return write(tx, name, Prisma.sql`mark_doc = null, rows_nr = 0, bytes_nr = 0, snaps_nr = 0`)
}

/** The process stops, and another one goes on at once. */
export function recordPause(tx: Transaction, name: RunName): Promise<void> {
  return write(
    tx,
    name,
    Prisma.sql`state_cd = 'QUEUED', tries_nr = 0, rows_nr = ${markedRows}, bytes_nr = ${markedBytes}`,
  )
}

/** Whether any export waits or runs. */
export async function isAnyOpen(tx: Transaction): Promise<boolean> {
  return (await tx.$executeRaw`select 1 from platform.pf_bulk_export where ended_ts is null limit 1`) > 0
}

const keptFileDays = 7
export const keptFiles = { name: 'files of exports', keep: `${keptFileDays} days` } as const
/** By then the run of a cancelled export has ended. */
const cancelledMinutes = 1
const keptDays = 30

const oldFiles = z.array(z.object({ id: z.string(), mark: exportMark }))

const isFileOver = Prisma.sql`
  mark_doc is not null and ended_ts < now() - case state_cd
    when 'CANCELLED' then make_interval(mins => ${cancelledMinutes}) else make_interval(days => ${keptFileDays}) end`

/** Exports whose files are no longer kept. */
export async function readOldFiles(tx: Transaction) {
  return oldFiles.parse(
    await tx.$queryRaw`
      select uid as "id", mark_doc as "mark" from platform.pf_bulk_export where ${isFileOver} limit 1000`,
  )
}

/** How many files are no longer kept. */
export function countOldFiles(tx: Transaction): Promise<number> {
  return tx.$executeRaw`select 1 from platform.pf_bulk_export where ${isFileOver}`
}

export async function forgetFile(tx: Transaction, id: string): Promise<void> {
  await tx.$executeRaw`update platform.pf_bulk_export set mark_doc = null where uid = ${id}::uuid`
}

export const keptExports: KeptRows = {
  name: 'exports',
  keep: `${keptDays} days`,
  table: 'platform.pf_bulk_export',
  isOver: Prisma.sql`ended_ts < now() - make_interval(days => ${keptDays})`,
}

/** No export is written for so long: one that is older than this in a folder is of no export. */
export const strayFileDays = keptFileDays + 2
