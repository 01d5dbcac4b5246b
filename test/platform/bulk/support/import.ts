import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { World } from '../../../support/world.ts'

export interface ImportOptions {
  key?: string
  type?: string
  search?: string
  viewer?: string
}

/** The response of an import, whose report is not read yet. */
export function askImport(
  world: Pick<World, 'fetchAs'>,
  mutation: string,
  body: string | Uint8Array<ArrayBuffer>,
  { key = randomUUID(), type = 'application/x-ndjson', search = '', viewer = 'admin' }: ImportOptions = {},
): Promise<Response> {
  return world.fetchAs(viewer, `/bulk/import/${mutation}${search}`, {
    method: 'POST',
    headers: { 'content-type': type, ...(key === '' ? {} : { 'idempotency-key': key }) },
    body,
  })
}

const first = z.object({ import: z.object({ id: z.string(), mutation: z.string(), goesOnBehindLine: z.number() }) })
const result = z.object({
  line: z.number(),
  outcome: z.enum(['DONE', 'VALID', 'REFUSED']),
  id: z.string().optional(),
  errors: z.array(z.object({ code: z.string(), message: z.string(), path: z.array(z.string()) })).optional(),
})
const last = z.union([
  z.object({
    summary: z.object({ state: z.string(), lastLine: z.number(), done: z.number(), refused: z.number() }),
  }),
  z.object({ error: z.object({ code: z.string(), message: z.string(), line: z.number().optional() }) }),
])

/** The report of an import that was accepted. */
export async function importReport(...request: Parameters<typeof askImport>) {
  const response = await askImport(...request)
  const text = await response.text()
  if (response.status !== 200) throw new Error(`${response.status}: ${text}`)
  return readReport(text)
}

export function readReport(text: string) {
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line))
  return {
    ...first.parse(lines[0]),
    results: lines.slice(1, -1).map((line) => result.parse(line)),
    end: last.parse(lines.at(-1)),
  }
}

export function ndjson(inputs: readonly object[]): string {
  return inputs.map((input) => `${JSON.stringify(input)}\n`).join('')
}
