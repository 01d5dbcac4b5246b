import { strFromU8, unzipSync } from 'fflate'
import { vi } from 'vitest'
import { z } from 'zod'
import { type Answer, dataOf, type World } from '../../../support/world.ts'

export interface Caller {
  query(query: string, variables?: Record<string, unknown>): Promise<Answer>
}

const request = z.object({
  id: z.string(),
  kind: z.enum(['EXPORT', 'ERASURE', 'RESTRICTION', 'RELEASE']),
  state: z.enum(['SCHEDULED', 'RUNNING', 'DONE', 'CANCELLED']),
  subjectId: z.string(),
  rowCount: z.number(),
  held: z.array(z.object({ type: z.string(), rowCount: z.number(), keepUntil: z.string().nullable() })),
  url: z.string().nullable(),
})
export type PersonRequest = z.infer<typeof request>

const fields = 'id kind state subjectId rowCount held { type rowCount keepUntil } url'
const changed = z.object({
  changed: z.object({
    personRequest: request.nullable(),
    userErrors: z.array(z.object({ code: z.string(), path: z.array(z.string()) })),
  }),
})

export type Verb = 'personExport' | 'personErase' | 'personEraseCancel' | 'personRestrict' | 'personRelease'

/** The answer of a mutation about a person. */
export function ask(caller: Caller, verb: Verb, input: object): Promise<Answer> {
  const type = `P${verb.slice(1)}Input`
  return caller.query(
    `mutation ($input: ${type}!) { changed: ${verb}(input: $input) { personRequest { ${fields} } userErrors { code path } } }`,
    { input },
  )
}

/** Its payload. */
async function tryTo(caller: Caller, verb: Verb, input: object) {
  return dataOf(await ask(caller, verb, input), changed).changed
}

/** The codes of its user errors. */
export async function refusalsOf(caller: Caller, verb: Verb, input: object): Promise<string[]> {
  return (await tryTo(caller, verb, input)).userErrors.map(({ code }) => code)
}

/** The new request. */
export async function asked(caller: Caller, verb: Verb, input: object): Promise<PersonRequest> {
  const { personRequest, userErrors } = await tryTo(caller, verb, input)
  if (!personRequest) throw new Error(`no request: ${JSON.stringify(userErrors)}`)
  return personRequest
}

export async function requestOf(caller: Caller, id: string): Promise<PersonRequest> {
  const answered = await caller.query(`query ($id: ID!) { found: personRequest(id: $id) { ${fields} } }`, { id })
  return dataOf(answered, z.object({ found: request })).found
}

/** The request once it is done. */
export async function done(caller: Caller, id: string): Promise<PersonRequest> {
  await vi.waitUntil(async () => (await requestOf(caller, id)).state === 'DONE', { timeout: 20_000, interval: 25 })
  return requestOf(caller, id)
}

/** Asks, and waits until it is done. */
export async function doneAfter(caller: Caller, verb: Verb, input: object): Promise<PersonRequest> {
  return done(caller, (await asked(caller, verb, input)).id)
}

const archive = z.object({
  subjectType: z.string(),
  subjectId: z.string(),
  records: z.record(z.string(), z.array(z.record(z.string(), z.unknown()))),
})

/** The content of the archive behind a link. */
async function archiveAt(world: World, url: string | null) {
  const response = await world.fetchAs('anonymous', url ?? '')
  if (response.status !== 200) throw new Error(`no archive: ${response.status}`)
  const files = unzipSync(new Uint8Array(await response.arrayBuffer()))
  return {
    data: archive.parse(JSON.parse(strFromU8(files['data.json'] ?? new Uint8Array()))),
    page: strFromU8(files['data.html'] ?? new Uint8Array()),
    names: Object.keys(files),
  }
}

/** Exports a person and reads the archive. */
export async function exported(world: World, viewer: string, input: object) {
  const caller = world.as(viewer)
  return archiveAt(world, (await doneAfter(caller, 'personExport', input)).url)
}
