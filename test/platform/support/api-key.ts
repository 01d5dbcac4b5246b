import { z } from 'zod'
import { dataOf, type World } from '../../support/world.ts'

const created = z.object({
  apiKeyCreate: z.object({
    apiKey: z.object({ id: z.string() }).nullable(),
    secret: z.string().nullable(),
    replayed: z.boolean(),
    userErrors: z.array(z.object({ code: z.string(), path: z.array(z.string()) })),
  }),
})

export const createKey = `mutation ($input: ApiKeyCreateInput!) {
  apiKeyCreate(input: $input) { apiKey { id } secret replayed userErrors { code path } }
}`
export const revokeKey = `mutation ($id: ID!) {
  apiKeyRevoke(input: { apiKeyId: $id }) { apiKey { id revokedAt } replayed userErrors { code path } }
}`

export const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()

/** The default properties of a key. */
export const keyInput = (changes: object = {}) => ({
  name: 'Till',
  scopes: [],
  expiresAt: inDays(30),
  ...changes,
})

/** A key made by the admin: its id, and its secret. */
export async function newKey(world: World, changes: object = {}): Promise<{ id: string; secret: string }> {
  const answered = await world.as('admin').query(createKey, { input: keyInput(changes) })
  const { apiKey, secret } = dataOf(answered, created).apiKeyCreate
  if (!apiKey || !secret) throw new Error(`no key: ${JSON.stringify(answered)}`)
  return { id: apiKey.id, secret }
}

/** The response of `apiKeyCreate` for a viewer. */
export async function tryToCreate(world: World, viewer: string, input: object) {
  return dataOf(await world.as(viewer).query(createKey, { input }), created).apiKeyCreate
}
