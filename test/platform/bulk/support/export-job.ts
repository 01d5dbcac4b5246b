import { vi } from 'vitest'
import { z } from 'zod'
import { type Answer, dataOf } from '../../../support/world.ts'

export interface Caller {
  query(query: string, variables?: Record<string, unknown>): Promise<Answer>
}

const exported = z.object({
  id: z.string(),
  state: z.enum(['QUEUED', 'RUNNING', 'DONE', 'FAILED', 'CANCELLED']),
  rowCount: z.number(),
  byteSize: z.number(),
  snapshots: z.number(),
  failure: z.object({ code: z.string(), message: z.string() }).nullable(),
  url: z.string().nullable(),
})
export type Exported = z.infer<typeof exported>

const fields = 'id state rowCount byteSize snapshots failure { code message } url'
const changed = z.object({
  changed: z.object({
    bulkExport: exported.nullable(),
    userErrors: z.array(z.object({ code: z.string(), message: z.string(), path: z.array(z.string()) })),
  }),
})

/** The payload of `bulkExportCreate`. */
export async function tryToExport(caller: Caller, input: object) {
  const text = `mutation ($input: BulkExportCreateInput!) {
    changed: bulkExportCreate(input: $input) { bulkExport { ${fields} } userErrors { code message path } }
  }`
  return dataOf(await caller.query(text, { input }), changed).changed
}

/** The payload of `bulkExportResume`. */
export async function tryToResume(caller: Caller, bulkExportId: string) {
  const text = `mutation ($input: BulkExportResumeInput!) {
    changed: bulkExportResume(input: $input) { bulkExport { ${fields} } userErrors { code message path } }
  }`
  return dataOf(await caller.query(text, { input: { bulkExportId } }), changed).changed
}

/** The payload of `bulkExportCancel`. */
export async function tryToCancel(caller: Caller, bulkExportId: string) {
  const text = `mutation ($input: BulkExportCancelInput!) {
    changed: bulkExportCancel(input: $input) { bulkExport { ${fields} } userErrors { code message path } }
  }`
  return dataOf(await caller.query(text, { input: { bulkExportId } }), changed).changed
}

/** The id of a new export. */
export async function startExport(caller: Caller, document: string, input: object = {}): Promise<string> {
  const { bulkExport, userErrors } = await tryToExport(caller, { document, ...input })
  if (!bulkExport) throw new Error(`no export: ${JSON.stringify(userErrors)}`)
  return bulkExport.id
}

export async function exportOf(caller: Caller, id: string): Promise<Exported> {
  const answered = await caller.query(`query ($id: ID!) { found: bulkExport(id: $id) { ${fields} } }`, { id })
  return dataOf(answered, z.object({ found: exported })).found
}

/** The export, once the condition holds. */
export async function exportWhen(
  caller: Caller,
  id: string,
  condition: (found: Exported) => boolean,
  timeout = 20_000,
): Promise<Exported> {
  let found: Exported | undefined
  const holds = async () => {
    found = await exportOf(caller, id)
    return condition(found)
  }
  await vi.waitUntil(holds, { timeout, interval: 50 })
  return found ?? exportOf(caller, id)
}

export function exportEnded(caller: Caller, id: string, timeout?: number): Promise<Exported> {
  return exportWhen(caller, id, ({ state }) => state === 'DONE' || state === 'FAILED', timeout)
}
