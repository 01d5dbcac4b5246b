import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { codesOf, createWorld, dataOf, type World } from '../../support/world.ts'
import { keyInput, newKey } from '../support/api-key.shop.ts'
import { createKey, inDays, revokeKey, tryToCreate } from '../support/api-key.ts'
import { dataIn, post } from '../support/call.ts'
import { claimsOf } from '../support/token.shop.ts'
import { developmentKey, sign } from '../support/token.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const absent = encodeId('ApiKey', '00000000-0000-7000-8000-000000000000')
const keyFields = 'id name hint scopes createdAt createdBy expiresAt revokedAt lastUsedAt'

const revoked = z.object({
  apiKeyRevoke: z.object({
    apiKey: z.object({ id: z.string(), revokedAt: z.string() }).nullable(),
    replayed: z.boolean(),
    userErrors: z.array(z.object({ code: z.string(), path: z.array(z.string()) })),
  }),
})
const listed = z.object({
  apiKeys: z.object({ totalCount: z.number(), edges: z.array(z.object({ node: z.object({ id: z.string() }) })) }),
})

async function idsWhere(filter: object | null): Promise<string[]> {
  const query =
    'query ($filter: ApiKeyFilter) { apiKeys(filter: $filter, first: 100) { totalCount edges { node { id } } } }'
  const { totalCount, edges } = dataOf(await world.as('admin').query(query, { filter }), listed).apiKeys
  expect(edges).toHaveLength(totalCount)
  return edges.map(({ node }) => node.id)
}

const eventsOf = (topic: string) => world.client.domainEvent.findMany({ where: { topic }, orderBy: { written: 'asc' } })

describe('apiKeyCreate', () => {
  it('makes a key whose secret is stored nowhere', async () => {
    const expiresAt = inDays(366 - 0.01)
    const { id, secret } = await newKey(world, {
      name: ' Till 7 ',
      scopes: ['orders:read', 'audit:read', 'orders:read'],
      expiresAt,
    })

    expect(secret).toMatch(/^fdk_[0-9A-Za-z]{36}$/)
    const answered = await world
      .as('admin')
      .query(`query ($id: ID!) { node(id: $id) { ... on ApiKey { ${keyFields} } } }`, { id })
    expect(dataOf(answered, z.unknown())).toEqual({
      node: {
        id,
        name: 'Till 7',
        hint: secret.slice(-4),
        scopes: ['audit:read', 'orders:read'],
        createdAt: expect.any(String),
        createdBy: 'staff-admin',
        expiresAt,
        revokedAt: null,
        lastUsedAt: null,
      },
    })
    const rows = JSON.stringify(
      await world.client.$queryRaw`select k::text from platform.pf_api_key k union all
        select o::text from platform.pf_outbox o union all select i::text from platform.pf_idempotency i`,
    )
    expect(rows).toContain(createHash('sha256').update(secret).digest('hex'))
    expect(rows).not.toContain(secret.slice(4, 34))
    expect(world.logLines.join('')).not.toContain(secret.slice(4, 34))
  })

  it('emits an event with the scopes, and without the secret', async () => {
    const { id, secret } = await newKey(world, { name: 'Event' })
    const { topic, actorKind, actorId, aggregateType, payload } = (await eventsOf('api_key.created')).at(-1) ?? {}
    expect({ topic, actorKind, actorId, aggregateType }).toEqual({
      topic: 'api_key.created',
      actorKind: 'staff',
      actorId: 'staff-admin',
      aggregateType: 'ApiKey',
    })
    expect(payload).toEqual({ apiKeyId: id, name: 'Event', scopes: ['orders:read'], expiresAt: expect.any(String) })
    expect(JSON.stringify(payload)).not.toContain(secret.slice(-4))
  })

  it('shows the secret once: a retry with its idempotency key returns the key, no secret, and makes no second key', async () => {
    const input = keyInput({ name: 'Once', idempotencyKey: 'once' })
    const first = await tryToCreate(world, 'admin', input)
    const second = await tryToCreate(world, 'admin', input)

    expect(first).toMatchObject({ replayed: false, secret: expect.stringMatching(/^fdk_/), userErrors: [] })
    expect(second).toEqual({ apiKey: first.apiKey, secret: null, replayed: true, userErrors: [] })
    expect(await world.client.apiKey.count({ where: { name: 'Once' } })).toBe(1)
  })

  it('reports every error of its input at once, makes nothing, and shows no secret', async () => {
    const before = await world.client.apiKey.count()
    const scopes = ['orders:read', 'orders:delete', '', '__proto__', 'constructor', 'keys:manage', 'Orders:read']
    const refused = await tryToCreate(world, 'admin', { name: ' ', scopes, expiresAt: inDays(-1) })

    expect(refused).toEqual({
      apiKey: null,
      secret: null,
      replayed: false,
      userErrors: [
        { code: 'BLANK', path: ['input', 'name'] },
        { code: 'INVALID_EXPIRY', path: ['input', 'expiresAt'] },
        ...['1', '2', '3', '4'].map((index) => ({ code: 'SCOPE_UNKNOWN', path: ['input', 'scopes', index] })),
        { code: 'SCOPE_NOT_GRANTABLE', path: ['input', 'scopes', '5'] },
        { code: 'SCOPE_UNKNOWN', path: ['input', 'scopes', '6'] },
      ],
    })
    expect(await world.client.apiKey.count()).toBe(before)
  })

  it.each([
    ['lasts longer than a year', { expiresAt: inDays(366.01) }, 'INVALID_EXPIRY'],
    ['has a name of 101 characters', { name: 'x'.repeat(101) }, 'TOO_LONG'],
    ['has a name with a line end', { name: 'a\nb' }, 'INVALID_CHARACTER'],
  ])('makes no key that %s', async (_what, changes, code) => {
    const { userErrors } = await tryToCreate(world, 'admin', keyInput(changes))
    expect(userErrors.map((error) => error.code)).toEqual([code])
  })

  it('gives a key no scope that its maker lacks', async () => {
    const { key } = await developmentKey(world.config)
    const claims = claimsOf(world.config, { sub: 'x', kind: 'staff', scope: 'keys:manage stock:read' })
    const authorization = `Bearer ${await sign(claims, { key })}`
    const ask = async (scopes: string[]) =>
      dataIn(await post(world.url, { query: createKey, variables: { input: keyInput({ scopes }) } }, { authorization }))

    expect(await ask(['stock:read', 'orders:read'])).toMatchObject({
      apiKeyCreate: {
        apiKey: null,
        secret: null,
        userErrors: [{ code: 'SCOPE_NOT_GRANTABLE', path: ['input', 'scopes', '1'] }],
      },
    })
    expect(await ask(['stock:read'])).toMatchObject({ apiKeyCreate: { userErrors: [], secret: expect.any(String) } })
  })
})

describe('apiKeyRevoke', () => {
  const revoke = async (id: string) => dataOf(await world.as('admin').query(revokeKey, { id }), revoked).apiKeyRevoke

  it('stops a key for good, emits an event, and does nothing the second time', async () => {
    const { id } = await newKey(world)
    const first = await revoke(id)
    expect(first).toMatchObject({ apiKey: { id, revokedAt: expect.any(String) }, userErrors: [] })
    expect(await revoke(id)).toEqual(first)

    const events = (await eventsOf('api_key.revoked')).filter(({ payload }) => JSON.stringify(payload).includes(id))
    expect(events.map(({ payload, sequence }) => ({ payload, sequence }))).toEqual([
      { payload: { apiKeyId: id }, sequence: 2 },
    ])
  })

  it.each(['', 'x', absent, encodeId('Order', '00000000-0000-7000-8000-000000000000')])(
    'knows no key "%s"',
    async (id) => {
      expect(await revoke(id)).toEqual({
        apiKey: null,
        replayed: false,
        userErrors: [{ code: 'API_KEY_UNKNOWN', path: ['input', 'apiKeyId'] }],
      })
    },
  )
})

describe('apiKeys', () => {
  it('lists all keys, active and ended', async () => {
    const works = await newKey(world, { name: 'Works' })
    const stopped = await newKey(world, { name: 'Stopped' })
    await world.as('admin').query(revokeKey, { id: stopped.id })
    const late = await newKey(world, { name: 'Late' })
    await world.client.apiKey.updateMany({ where: { name: 'Late' }, data: { expiresAt: new Date(0) } })

    const [all, active, inactive] = [
      await idsWhere(null),
      await idsWhere({ active: true }),
      await idsWhere({ active: false }),
    ]
    expect(all).toEqual(expect.arrayContaining([works.id, stopped.id, late.id]))
    expect(active).toContain(works.id)
    expect(inactive).toEqual(expect.arrayContaining([stopped.id, late.id]))
    expect([...active, ...inactive].sort()).toEqual([...all].sort())
    expect(all.indexOf(late.id)).toBeLessThan(all.indexOf(works.id))
  })

  it('is one statement, or two with the count', async () => {
    const query = `{ apiKeys { totalCount edges { node { ${keyFields} } } } }`
    expect(await world.statementsOf(() => world.as('admin').query(query))).toHaveLength(2)
  })
})

describe('without keys:manage', () => {
  it.each([
    ['anonymous', 'UNAUTHENTICATED'],
    ['support', 'FORBIDDEN'],
    ['customer ALFKI', 'FORBIDDEN'],
  ])('%s makes, lists, sees and revokes no key', async (viewer, code) => {
    const { id } = await newKey(world, { name: `Not for ${viewer}` })
    const as = world.as(viewer)
    expect(codesOf(await as.query(createKey, { input: keyInput({ name: 'Mine' }) }))).toEqual([code])
    expect(codesOf(await as.query(revokeKey, { id }))).toEqual([code])
    expect(codesOf(await as.query('{ apiKeys { totalCount } }'))).toEqual([code])
    expect(dataOf(await as.query('query ($id: ID!) { node(id: $id) { id } }', { id }), z.unknown())).toEqual({
      node: null,
    })
    const { revokedAt } = await world.client.apiKey.findFirstOrThrow({ where: { name: `Not for ${viewer}` } })
    expect(revokedAt).toBeNull()
    expect(await world.client.apiKey.count({ where: { name: 'Mine' } })).toBe(0)
  })
})
