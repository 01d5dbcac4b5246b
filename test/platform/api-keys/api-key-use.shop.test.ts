import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { openApp } from '../../../src/app.ts'
import { createWorld, dataOf, type World } from '../../support/world.ts'
import { newKey } from '../support/api-key.shop.ts'
import { inDays, revokeKey } from '../support/api-key.ts'
import { dataIn, messages, outcome, post } from '../support/call.ts'
import { Lock } from '../support/lock.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})
const pass = (ms: number) => vi.advanceTimersByTime(ms)

const query = '{ viewer { kind id roles scopes expiresAt customer { code } } }'
const ask = (secret: string, asked = query, url = world.url) =>
  post(url, { query: asked }, { authorization: `Bearer ${secret}` })
const lookUps = () => world.statements.filter(({ sql }) => /^SELECT.*pf_api_key.*secret_sha/s.test(sql)).length
const rowOf = (name: string) => world.client.apiKey.findFirstOrThrow({ where: { name } })

describe('an API key', () => {
  it('acts for itself, with its scopes only', async () => {
    const expiresAt = inDays(7)
    const { id, secret } = await newKey(world, { scopes: ['orders:read'], expiresAt })
    const viewer = { kind: 'API_KEY', id, roles: [], scopes: ['orders:read'], expiresAt, customer: null }
    expect(dataIn(await ask(secret))).toEqual({ viewer })
    expect(dataIn(await ask(secret, '{ orders { totalCount } }'))).toEqual({ orders: { totalCount: 830 } })
    expect(outcome(await ask(secret, '{ apiKeys { totalCount } }'))).toBe('200 FORBIDDEN')
    expect(outcome(await ask(secret, '{ customers { totalCount } }'))).toBe('200 FORBIDDEN')
  })

  it('shows itself, and neither other keys nor its maker', async () => {
    const [mine, other] = [await newKey(world, { name: 'Mine' }), await newKey(world, { name: 'Other' })]
    expect(dataIn(await ask(mine.secret, '{ viewer { apiKey { id name scopes } } }'))).toEqual({
      viewer: { apiKey: { id: mine.id, name: 'Mine', scopes: ['orders:read'] } },
    })
    const nodes = `{ nodes(ids: ["${mine.id}", "${other.id}"]) { ... on ApiKey { name } } }`
    expect(dataIn(await ask(mine.secret, nodes))).toEqual({ nodes: [{ name: 'Mine' }, null] })
    expect(outcome(await ask(mine.secret, '{ viewer { apiKey { createdBy } } }'))).toBe('200 FORBIDDEN')
  })

  it('loses a scope that no longer exists', async () => {
    const { secret } = await newKey(world, { name: 'Old scopes' })
    await world.client.apiKey.updateMany({
      where: { name: 'Old scopes' },
      data: { scopes: ['orders:read', 'orders:fax', '__proto__', 'constructor'] },
    })
    expect(dataIn(await ask(secret))).toMatchObject({ viewer: { scopes: ['orders:read'] } })
  })

  it.each(['bearer', 'BEARER', 'Bearer  '])('is accepted after "%s"', async (scheme) => {
    const { secret } = await newKey(world)
    expect(outcome(await post(world.url, { query }, { authorization: `${scheme} ${secret}` }))).toBe('200')
  })

  it('acts under its own name, with idempotency keys of its own', async () => {
    const name = randomUUID()
    const { id, secret } = await newKey(world, { scopes: ['catalog:write'] })
    const create = `mutation { categoryCreate(input: { name: "${name}", idempotencyKey: "k" }) { replayed userErrors { code } } }`
    expect(dataIn(await ask(secret, create))).toEqual({ categoryCreate: { replayed: false, userErrors: [] } })
    expect(dataIn(await ask(secret, create))).toEqual({ categoryCreate: { replayed: true, userErrors: [] } })
    const events = await world.client.domainEvent.findMany({ where: { actorKind: 'apiKey', actorId: id } })
    expect(events.map(({ topic }) => topic)).toEqual(['category.created'])
  })

  it('stops when it expires, although it was accepted just before', async () => {
    const { secret } = await newKey(world, { expiresAt: new Date(Date.now() + 5000).toISOString() })
    expect(outcome(await ask(secret))).toBe('200')
    pass(4500)
    expect(outcome(await ask(secret))).toBe('200')
    const before = lookUps()
    pass(500)
    const late = await ask(secret)
    expect(outcome(late)).toBe('401 UNAUTHENTICATED')
    expect(messages(late)).toEqual(['The API key has expired; make a new one.'])
    expect(lookUps()).toBe(before)
  })
})

describe('a look-up', () => {
  it('is one statement for all requests of a key within 900 ms, parallel ones included', async () => {
    const { secret } = await newKey(world)
    const before = lookUps()
    const replies = await Promise.all(Array.from({ length: 10 }, () => ask(secret)))
    expect(new Set(replies.map(outcome))).toEqual(new Set(['200']))
    pass(899)
    await ask(secret)
    expect(lookUps()).toBe(before + 1)
    pass(1)
    await ask(secret)
    expect(lookUps()).toBe(before + 2)
  })

  it('of an unknown key is one statement too', async () => {
    const { secret } = await newKey(world, { name: 'Gone' })
    await world.client.apiKey.deleteMany({ where: { name: 'Gone' } })
    const before = lookUps()
    for (let round = 0; round < 5; round++) expect(outcome(await ask(secret))).toBe('401 UNAUTHENTICATED')
    expect(lookUps()).toBe(before + 1)
  })

  it('still running after 900 ms is not shared with new requests', async () => {
    const { secret } = await newKey(world)
    await using lock = await Lock.on('platform.pf_api_key', world)
    const early = ask(secret)
    await lock.waitedForBy(1)
    pass(899)
    const shared = ask(secret)
    pass(1)
    const late = ask(secret)
    await lock.waitedForBy(2)
    await lock.release()
    expect((await Promise.all([early, shared, late])).map(outcome)).toEqual(['200', '200', '200'])
  })

  it('that fails makes the key UNAVAILABLE, not anonymous, and is repeated for the next request', async () => {
    await using other = await createWorld({ data: 'empty', env: { DATABASE_STATEMENT_TIMEOUT_MS: '1000' } })
    const { secret } = await newKey(other)
    const lock = await Lock.on('platform.pf_api_key', other)
    expect(outcome(await ask(secret, query, other.url))).toBe('503 UNAVAILABLE')
    await lock.release()
    expect(outcome(await ask(secret, query, other.url))).toBe('200')
  })
})

describe('a revoked key', () => {
  it('is refused within a second on every replica, without communication between them', async () => {
    const replica = await openApp({ ...world.config, drainTimeoutMs: 1 }, world.databaseUrl, pino({ level: 'silent' }))
    try {
      const { id, secret } = await newKey(world)
      for (const url of [world.url, replica.url]) expect(outcome(await ask(secret, query, url))).toBe('200')
      pass(500)
      dataOf(await world.as('admin').query(revokeKey, { id }), z.unknown())

      pass(400)
      for (const url of [world.url, replica.url]) {
        const reply = await ask(secret, query, url)
        expect(outcome(reply)).toBe('401 UNAUTHENTICATED')
        expect(messages(reply)).toEqual(['The API key is not valid.'])
      }
    } finally {
      await replica.close()
    }
  })
})

describe('the last use of a key', () => {
  /** The request does not wait for the write. */
  const written = async (name: string, after: Date | null) => {
    for (;;) {
      const { lastUsedAt } = await rowOf(name)
      if (lastUsedAt && lastUsedAt.getTime() !== after?.getTime()) return lastUsedAt
    }
  }

  it('is written beside the request, once a minute', async () => {
    const { secret } = await newKey(world, { name: 'Used' })
    const writes = () =>
      world.statements.filter(({ sql }) => /\bupdate platform.pf_api_key set used_ts/.test(sql)).length
    const before = writes()
    await ask(secret)
    const first = await written('Used', null)
    expect(first).toEqual(new Date())

    pass(59_999)
    await ask(secret)
    await ask(secret)
    pass(1)
    await ask(secret)
    expect(await written('Used', first)).toEqual(new Date())
    // The row may be visible before the server has the response to its write.
    await vi.waitFor(() => expect(writes()).toBe(before + 2))
  })

  it('does not count among the request’s statements, and is not written for a refused key', async () => {
    const { id, secret } = await newKey(world, { name: 'Counted' })
    const reply = await post(world.url, { query }, { authorization: `Bearer ${secret}`, 'x-request-id': 'counted' })
    expect(outcome(reply)).toBe('200')
    const line = world.logLines.find((text) => text.includes('"counted"')) ?? '{}'
    expect(JSON.parse(line)).toMatchObject({ viewer: 'apiKey', statements: 1 })

    const used = await written('Counted', null)
    await world.as('admin').query(revokeKey, { id })
    pass(120_000)
    expect(outcome(await ask(secret))).toBe('401 UNAUTHENTICATED')
    expect((await rowOf('Counted')).lastUsedAt).toEqual(used)
  })

  it('is written before the server has stopped', async () => {
    const replica = await openApp(world.config, world.databaseUrl, pino({ level: 'silent' }))
    const { secret } = await newKey(world, { name: 'Stopping' })
    expect(outcome(await ask(secret, query, replica.url))).toBe('200')
    await replica.close()
    expect((await rowOf('Stopping')).lastUsedAt).toEqual(new Date())
  })
})
