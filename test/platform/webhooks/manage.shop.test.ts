import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { hashOf, newSecret } from '../../../src/platform/api-keys/secret.ts'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { codesOf, createWorld, dataOf, type World } from '../../support/world.ts'
import { newKey } from '../support/api-key.shop.ts'
import { inDays, revokeKey } from '../support/api-key.ts'
import { production } from '../support/production.ts'
import { claimsOf } from '../support/token.shop.ts'
import { developmentKey, sign } from '../support/token.ts'
import { newWebhook } from './support/webhook.shop.ts'
import { changeWebhook, keyCaller, tryToCreate } from './support/webhook.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const url = 'http://127.0.0.1:9/hook'
const absent = encodeId('Webhook', '00000000-0000-7000-8000-000000000000')

/** `CODE path`, of each user error. */
async function errorsOf(input: object, caller: Pick<World, 'as'> = world): Promise<string[]> {
  const { userErrors } = await tryToCreate(caller, input)
  return userErrors.map(({ code, path }) => [code, ...path.slice(1)].join(' '))
}

describe('webhookCreate', () => {
  it('makes a webhook whose secret is shown once and stored encrypted', async () => {
    const { secret, id } = await newWebhook(world, { url, topics: ['ORDER_PLACED'] })
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    const stored = await world.client.webhook.findMany({ select: { secret: true } })
    for (const { secret: sealed } of stored) {
      expect(Buffer.from(sealed).includes(secret)).toBe(false)
      expect(Buffer.from(sealed).includes(Buffer.from(secret.slice(6), 'base64'))).toBe(false)
    }
    const events = await world.client.domainEvent.findMany({ where: { topic: 'webhook.created' } })
    expect(JSON.stringify(events, (_name, value) => (typeof value === 'bigint' ? String(value) : value))).not.toContain(
      secret,
    )
    expect(events.at(-1)?.payload).toMatchObject({ webhookId: id })
  })

  it('is refused with every error of its input', async () => {
    const { id: apiKeyId } = await newKey(world)
    const good = { url, topics: ['ORDER_PLACED'], apiKeyId }
    const document = 'subscription { ordersChanged { event { topic } } }'
    expect(await errorsOf({ ...good, apiKeyId: undefined })).toEqual(['API_KEY_REQUIRED apiKeyId'])
    expect(await errorsOf({ ...good, apiKeyId: absent })).toEqual(['API_KEY_UNKNOWN apiKeyId'])
    expect(await errorsOf({ ...good, name: ' ', url: 'ftp://example.com', topics: [] })).toEqual([
      'BLANK name',
      'URL_REFUSED url',
      'EVENTS_REQUIRED topics',
    ])
    expect(await errorsOf({ ...good, document })).toEqual(['EVENTS_REQUIRED topics'])
    expect(await errorsOf({ ...good, topics: ['ORDER_PLACED', 'API_KEY_CREATED'] })).toEqual([
      'TOPIC_NOT_VISIBLE topics 1',
    ])
    expect(await errorsOf({ ...good, url: `https://example.com/${'x'.repeat(2000)}` })).toEqual(['TOO_LONG url'])
  })

  it.each([
    ['a query', '{ viewer { kind } }'],
    ['a syntax error', 'subscription {'],
    ['an unknown field', 'subscription { nothingChanged { event { topic } } }'],
    ['a field that its API key may not use', 'subscription { ordersChanged { event { topic } } }'],
    ['two operations', 'subscription A { changes { topic } } subscription B { changes { topic } }'],
  ])('refuses %s as document', async (_what, document) => {
    const { id: apiKeyId } = await newKey(world, { scopes: ['stock:read'] })
    expect(await errorsOf({ url, document, apiKeyId })).toEqual(['DOCUMENT_REFUSED document'])
  })

  it('takes the variables of a document', async () => {
    const { id: apiKeyId } = await newKey(world)
    const document = 'subscription ($ids: [ID!]!) { productChanged(ids: $ids) { event { topic } } }'
    expect(await errorsOf({ url, document, apiKeyId })).toEqual(['DOCUMENT_REFUSED document'])
    expect(await errorsOf({ url, document, apiKeyId, variables: { ids: [] } })).toEqual([])
  })

  it('gives staff no rights that they do not have', async () => {
    const { id: apiKeyId } = await newKey(world, { scopes: ['orders:read', 'customers:pii'] })
    const staff = await staffWith(['webhooks:manage', 'orders:read'])
    expect(await errorsOf({ url, topics: ['ORDER_PLACED'], apiKeyId }, staff)).toEqual([
      'API_KEY_TOO_POWERFUL apiKeyId',
    ])
    const { id: webhookId } = await newWebhook(world, { url, topics: ['ORDER_PLACED'] }, [
      'orders:read',
      'customers:pii',
    ])
    const isBeyond = async (mutation: string, input: object) =>
      expect(await changeWebhook(staff, mutation, { webhookId, ...input })).toEqual(['API_KEY_TOO_POWERFUL'])
    await isBeyond('webhookUpdate', { version: 1, url: 'http://127.0.0.1:10/' })
    await isBeyond('webhookRotateSecret', {})
    const { id: weaker } = await newKey(world)
    expect(await errorsOf({ url, topics: ['ORDER_PLACED'], apiKeyId: weaker }, staff)).toEqual([])
  })

  it('refuses more than 20 webhooks of a key, and a key that has ended', async () => {
    const { id: apiKeyId } = await newKey(world)
    const good = { url, topics: ['ORDER_PLACED'], apiKeyId }
    for (let made = 0; made < 20; made++) expect(await errorsOf(good)).toEqual([])
    expect(await errorsOf(good)).toEqual(['TOO_MANY_WEBHOOKS'])
    await world.as('admin').query(revokeKey, { id: apiKeyId })
    expect(await errorsOf(good)).toEqual(['API_KEY_UNKNOWN apiKeyId'])
  })
})

describe('a webhook', () => {
  it('is managed by its API key, and by no other', async () => {
    const [own, other] = await Promise.all([
      newKey(world, { scopes: ['webhooks:manage', 'orders:read'] }),
      newKey(world, { scopes: ['webhooks:manage', 'orders:read'] }),
    ])
    const caller = keyCaller(world, own.secret)
    const wanted = { url, topics: ['ORDER_PLACED'] }
    expect(await errorsOf({ ...wanted, apiKeyId: other.id }, caller)).toEqual(['API_KEY_UNKNOWN apiKeyId'])
    const { webhook } = await tryToCreate(caller, wanted)
    const id = webhook?.id ?? ''
    const seen = '{ webhooks { edges { node { id name apiKeyId topics } } } }'
    expect(dataOf(await caller.as('').query(seen), z.unknown())).toEqual({
      webhooks: { edges: [{ node: { id, name: 'Hook', apiKeyId: own.id, topics: ['ORDER_PLACED'] } }] },
    })
    const stranger = keyCaller(world, other.secret)
    expect(dataOf(await stranger.as('').query(seen), z.unknown())).toEqual({ webhooks: { edges: [] } })
    for (const [mutation, input] of [
      ['webhookUpdate', { version: 1, name: 'Mine' }],
      ['webhookDelete', {}],
      ['webhookRotateSecret', {}],
      ['webhookTest', {}],
      ['webhookReplay', {}],
    ] as const) {
      expect(await changeWebhook(stranger, mutation, { webhookId: id, ...input })).toEqual(['WEBHOOK_UNKNOWN'])
    }
    expect(await changeWebhook(caller, 'webhookUpdate', { webhookId: id, version: 1, name: 'Mine' })).toEqual([])
    expect(await changeWebhook(caller, 'webhookDelete', { webhookId: id })).toEqual([])
    expect(await changeWebhook(caller, 'webhookDelete', { webhookId: id })).toEqual(['WEBHOOK_UNKNOWN'])
  })

  it.each(['anonymous', 'customer ALFKI', 'support'])('is hidden from %s', async (viewer) => {
    const { id } = await newWebhook(world, { url, topics: ['ORDER_PLACED'] })
    const denial = viewer === 'anonymous' ? 'UNAUTHENTICATED' : 'FORBIDDEN'
    const { query } = world.as(viewer)
    expect(codesOf(await query('{ webhooks { edges { node { id } } } }'))).toEqual([denial])
    expect(codesOf(await query('{ webhookDeliveries { edges { node { id } } } }'))).toEqual([denial])
    expect(await query('query ($id: ID!) { node(id: $id) { id } }', { id })).toMatchObject({ data: { node: null } })
    const count = await world.client.webhook.count()
    const input = { url, name: 'Hook', topics: ['ORDER_PLACED'] }
    expect(
      codesOf(
        await query('mutation ($input: WebhookCreateInput!) { webhookCreate(input: $input) { secret } }', { input }),
      ),
    ).toEqual([denial])
    expect(await world.client.webhook.count()).toBe(count)
  })

  it('is changed only as its version is known, and says what changed', async () => {
    const { id, version } = await newWebhook(world, { url, topics: ['ORDER_PLACED'] })
    const update = (input: object) => changeWebhook(world, 'webhookUpdate', { webhookId: id, version, ...input })
    expect(await update({})).toEqual(['NOTHING_TO_DO'])
    expect(await update({ name: null })).toEqual(['REQUIRED'])
    expect(await update({ topics: [] })).toEqual(['EVENTS_REQUIRED'])
    expect(await update({ url: 'https://user:secret@example.com' })).toEqual(['URL_REFUSED'])
    expect(await update({ name: 'Other', document: 'subscription { changes { topic } }' })).toEqual([])
    expect(await update({ name: 'Again' })).toEqual(['CONFLICT'])
    const { payload } = await world.client.domainEvent.findFirstOrThrow({
      where: { topic: 'webhook.updated' },
      orderBy: { written: 'desc' },
    })
    expect(payload).toEqual({ webhookId: id, changed: ['name', 'document'] })
  })
})

describe('a server without ENCRYPTION_SECRET', () => {
  it('has no webhooks in production', async () => {
    await using bare = await createWorld({ env: production })
    const secret = newSecret()
    await bare.client.apiKey.create({
      data: {
        name: 'Till',
        secretHash: hashOf(secret),
        hint: '',
        scopes: ['webhooks:manage', 'orders:read'],
        creatorKind: 'staff',
        expiresAt: inDays(1),
      },
    })
    const { userErrors } = await tryToCreate(keyCaller(bare, secret), { url, topics: ['ORDER_PLACED'] })
    expect(userErrors.map(({ code }) => code)).toEqual(['WEBHOOKS_NOT_AVAILABLE'])
  })
})

/** A member of staff with these scopes. */
async function staffWith(scopes: readonly string[]) {
  const { key } = await developmentKey(world.config)
  const claims = claimsOf(world.config, { kind: 'staff', sub: 'user_1', scope: scopes.join(' ') })
  return keyCaller(world, await sign(claims, { key }))
}
