import { z } from 'zod'
import type { World } from '../../../support/world.ts'

export interface ExportOptions {
  variables?: Record<string, unknown>
  accept?: string
  search?: string
  encoding?: string
}

/** The response of an export, whose body is not read yet. */
export function askExport(
  world: Pick<World, 'fetchAs'>,
  viewer: string,
  query: string,
  { variables = {}, accept = 'application/x-ndjson', search = '', encoding = 'identity' }: ExportOptions = {},
): Promise<Response> {
  return world.fetchAs(viewer, `/bulk/export${search}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept, 'accept-encoding': encoding },
    body: JSON.stringify({ query, variables }),
  })
}

/** The text of an export that succeeds. */
export async function exportText(...request: Parameters<typeof askExport>): Promise<string> {
  const response = await askExport(...request)
  const text = await response.text()
  if (response.status !== 200) throw new Error(`${response.status}: ${text}`)
  return text
}

/** The rows of an export as NDJSON. */
export async function exportRows(...request: Parameters<typeof askExport>): Promise<Record<string, unknown>[]> {
  const text = await exportText(...request)
  const row = z.record(z.string(), z.unknown())
  return text === ''
    ? []
    : text
        .trimEnd()
        .split('\n')
        .map((line) => row.parse(JSON.parse(line)))
}
