import { z } from 'zod'
import { Prisma } from '../../../generated/prisma/client.ts'
import { PersonRequestKind } from '../../../generated/prisma/enums.ts'
import { type SafeFile, safeFile } from '../../bulk/file-store.ts'
import type { KeptRows } from '../../database/retention-rule.ts'
import type { Transaction } from '../../database/transaction.ts'

const begunRequests = z
  .array(
    z.object({
      id: z.string(),
      kind: z.enum(PersonRequestKind),
      subjectType: z.string(),
      subjectKey: z.string(),
      keepUntil: z.string().nullable(),
      requesterKind: z.string(),
      requesterId: z.string().nullable(),
    }),
  )
  .max(1)

/** A request that a process has begun to run. */
export type BegunRequest = z.infer<typeof begunRequests>[number]

/** Undefined where it has ended, or is not due. */
export async function beginRequest(tx: Transaction, id: string): Promise<BegunRequest | undefined> {
  const [begun] = begunRequests.parse(
    await tx.$queryRaw`
      update platform.pf_person_request
      set state_cd = 'RUNNING', started_ts = coalesce(started_ts, now())
      where uid = ${id}::uuid and ended_ts is null and begins_ts <= now()
      returning uid as "id", kind_cd as "kind", subj_type as "subjectType", subj_key as "subjectKey",
                keep_until::text as "keepUntil", req_kind as "requesterKind", req_id as "requesterId"`,
  )
  return begun
}

export async function addProgress(tx: Transaction, id: string, rows: number): Promise<void> {
  await tx.$executeRaw`
    update platform.pf_person_request set rows_nr = rows_nr + ${rows}::int where uid = ${id}::uuid`
}

/** Returns whether it was still open: another process may have ended it. */
export async function endRequest(tx: Transaction, id: string): Promise<boolean> {
  const ended = await tx.$executeRaw`
    update platform.pf_person_request set state_cd = 'DONE', ended_ts = now() where uid = ${id}::uuid and ended_ts is null`
  return ended > 0
}

export async function recordArchive(tx: Transaction, id: string, file: SafeFile, rows: number): Promise<void> {
  await tx.$executeRaw`
    update platform.pf_person_request set file_doc = ${JSON.stringify(file)}::jsonb, rows_nr = ${rows}
    where uid = ${id}::uuid`
}

/** Requests of which something is due, and those that wait for their time. */
export async function isAnyRequestOpen(tx: Transaction): Promise<boolean> {
  return (await tx.$executeRaw`select 1 from platform.pf_person_request where ended_ts is null limit 1`) > 0
}

const files = z.array(z.object({ id: z.string(), file: safeFile }))

/** The archives of a person that are kept. */
export async function archivesOf(tx: Transaction, type: string, key: string) {
  return files.parse(
    await tx.$queryRaw`
      select uid as "id", file_doc as "file" from platform.pf_person_request
      where subj_type = ${type} and subj_key = ${key} and file_doc is not null`,
  )
}

const keptDays = 3 * 365
const keptArchiveDays = 7
export const keptArchives = { name: 'archives of people', keep: `${keptArchiveDays} days` } as const

/** They have ids only, and show how requests were handled. */
export const keptRequests: KeptRows = {
  name: 'requests about people',
  keep: `${keptDays} days`,
  table: 'platform.pf_person_request',
  isOver: Prisma.sql`ended_ts < now() - make_interval(days => ${keptDays})`,
}

/** What a law keeps after an erasure ends on its day. */
export const keptValues: KeptRows = {
  name: 'values kept by law',
  keep: 'until the day of each',
  table: 'platform.pf_held_value',
  isOver: Prisma.sql`keep_until <= current_date`,
}

/** Archives that are no longer kept. */
export async function oldArchives(tx: Transaction) {
  return files.parse(
    await tx.$queryRaw`
      select uid as "id", file_doc as "file" from platform.pf_person_request
      where file_doc is not null and ended_ts < now() - make_interval(days => ${keptArchiveDays}) limit 1000`,
  )
}

export async function forgetArchive(tx: Transaction, id: string): Promise<void> {
  await tx.$executeRaw`update platform.pf_person_request set file_doc = null where uid = ${id}::uuid`
}
