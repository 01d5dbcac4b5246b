import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { freePort } from '../../support/free-port.ts'
import { codesOf, createWorld, type World } from '../../support/world.ts'
import { keyInput } from '../support/api-key.shop.ts'
import { createKey, revokeKey } from '../support/api-key.ts'
import { dataIn, outcome, post } from '../support/call.ts'
import { hasRedis, RedisServer } from '../support/redis.ts'

if (!hasRedis) console.warn('Skipped: no redis-server here, so that nothing shows whether replicas share their limits.')

type Replica = Pick<World, 'url' | 'logLines'>

const lost = 'Redis does not answer'
const found = 'limits are shared through Redis'
const countOf = ({ logLines }: Replica, text: string) => logLines.filter((line) => line.includes(text)).length
/** Waits until it was logged this often. */
const logged = (replica: Replica, text: string, times: number) =>
  vi.waitFor(() => expect(countOf(replica, text)).toBe(times), { timeout: 20_000 })

/** So slow that nothing is restored within a test. */
const env = {
  RATE_LIMIT_ANONYMOUS_CAPACITY: '100',
  RATE_LIMIT_ANONYMOUS_RESTORE_PER_SECOND: '0.0001',
  MAX_REFUSED_CREDENTIALS: '3',
  TRUST_PROXY: 'loopback',
}

describe.skipIf(!hasRedis)('two servers', () => {
  let redis: RedisServer
  let one: World
  let other: Awaited<ReturnType<World['openReplica']>>
  beforeAll(async () => {
    redis = await RedisServer.start()
    one = await createWorld({ env: { ...env, REDIS_URL: redis.url } })
    other = await one.openReplica()
  })
  afterAll(async () => {
    await other?.close()
    await one?.close()
    await redis?.[Symbol.asyncDispose]()
  })

  /** The rest of the bucket after a request that costs this much, and needs it all. */
  const ask = async (replica: Replica, points: number) => {
    const query =
      points === 1 ? '{ viewer { kind } }' : `{ products(first: ${points - 1}) { edges { node { name } } } }`
    const reply = await post(replica.url, { query })
    const [, left] = /;r=(\d+);/.exec(String(reply.headers.ratelimit)) ?? []
    return `${outcome(reply)}, ${left} left`
  }
  const tryCredential = async (replica: Replica) =>
    outcome(await post(replica.url, { query: '{ viewer { kind } }' }, { authorization: `Bearer a.${randomUUID()}.c` }))

  it('share limits through Redis, count for themselves while it is away, and share again', async () => {
    expect([countOf(one, found), countOf(other, found)]).toEqual([1, 1])
    expect(await ask(one, 21)).toBe('200, 79 left')
    expect(await ask(other, 21)).toBe('200, 58 left')
    expect(await ask(one, 51)).toBe('200, 7 left')
    expect(await ask(other, 21)).toBe('429 RATE_LIMITED, 7 left')

    await redis.kill()
    expect(await ask(one, 61)).toBe('200, 39 left')
    expect(await ask(other, 21)).toBe('200, 79 left')
    expect(await ask(one, 61)).toBe('429 RATE_LIMITED, 39 left')
    expect([countOf(one, lost), countOf(other, lost)]).toEqual([1, 1])

    await redis.start()
    await Promise.all([logged(one, found, 2), logged(other, found, 2)])
    expect(await ask(one, 61)).toBe('200, 39 left')
    expect(await ask(other, 61)).toBe('429 RATE_LIMITED, 39 left')
  })

  it('give back unused points for each other', async () => {
    expect(await ask(one, 1)).toBe('200, 38 left')
    const none = '{ products(first: 30, filter: { nameContains: "qqq" }) { edges { node { name } } } }'
    const reply = await post(one.url, { query: none })
    expect(reply.headers.ratelimit).toMatch(/;r=37;/)
    expect(await ask(one, 1)).toBe('200, 36 left')
    expect(await ask(other, 1)).toBe('200, 35 left')
  })

  it('never grant more together than the bucket has', async () => {
    const replies = await Promise.all(Array.from({ length: 20 }, (_, index) => ask(index % 2 === 0 ? one : other, 11)))
    expect(replies.filter((reply) => reply.startsWith('200'))).toHaveLength(3)
    expect(await ask(one, 1)).toBe('200, 1 left')
  })

  it('count refused credentials together, and each for itself while Redis is away', async () => {
    expect(await tryCredential(one)).toBe('401 UNAUTHENTICATED')
    expect(await tryCredential(other)).toBe('401 UNAUTHENTICATED')
    expect(await tryCredential(one)).toBe('401 UNAUTHENTICATED')
    expect(await tryCredential(one)).toBe('429 RATE_LIMITED')
    expect(await tryCredential(other)).toBe('429 RATE_LIMITED')

    redis.freeze()
    expect(await tryCredential(one)).toBe('401 UNAUTHENTICATED')
    expect(countOf(one, lost)).toBe(2)
    redis.thaw()
    await logged(one, found, 3)
    expect(await tryCredential(one)).toBe('429 RATE_LIMITED')
  })

  it.each<[string, () => Promise<void>]>([
    ['while Redis is there', async () => {}],
    ['while it is not', () => redis.kill()],
    ['and when it is there again', () => redis.start()],
  ])('both refuse a key within a second after one of them revoked it, %s', async (_when, change) => {
    await change()
    vi.useFakeTimers({ toFake: ['performance'] })
    try {
      const admin = fromElsewhere(await one.tokenFor('admin'))
      const { id, secret } = await newKey(one.url, admin)
      const use = async (replica: Replica) =>
        outcome(await post(replica.url, { query: '{ viewer { kind } }' }, fromElsewhere(secret)))
      expect([await use(one), await use(other)]).toEqual(['200', '200'])

      const revoked = await post(one.url, { query: revokeKey, variables: { id } }, admin)
      expect(dataIn(revoked)).toMatchObject({ apiKeyRevoke: { userErrors: [] } })
      vi.advanceTimersByTime(999)
      expect([await use(one), await use(other)]).toEqual(['401 UNAUTHENTICATED', '401 UNAUTHENTICATED'])
    } finally {
      vi.useRealTimers()
    }
  })

  it('report in a metric whether they share, and stop although Redis is gone', async () => {
    const isUp = async (world: World) => (await world.metrics.sharedLimitsUp.get()).values[0]?.value
    await using world = await createWorld({ data: 'empty', env: { REDIS_URL: redis.url } })
    expect(await isUp(world)).toBe(1)
    await redis.kill()
    expect(codesOf(await world.as('anonymous').query('{ viewer { kind } }'))).toEqual([])
    expect(await isUp(world)).toBe(0)
  })
})

/** From another address, because the tries of this one are used up. */
const fromElsewhere = (credential: string) => ({
  authorization: `Bearer ${credential}`,
  'x-forwarded-for': '10.0.0.2',
})

const made = z.object({
  apiKeyCreate: z.object({ apiKey: z.object({ id: z.string() }), secret: z.string() }),
})

async function newKey(url: string, headers: Record<string, string>): Promise<{ id: string; secret: string }> {
  const answered = await post(url, { query: createKey, variables: { input: keyInput() } }, headers)
  const { apiKey, secret } = made.parse(dataIn(answered)).apiKeyCreate
  return { id: apiKey.id, secret }
}

it('a server starts without Redis, reports that, and limits by itself', async () => {
  const limits = { RATE_LIMIT_ANONYMOUS_CAPACITY: '2', RATE_LIMIT_ANONYMOUS_RESTORE_PER_SECOND: '0.001' }
  const env = { ...limits, REDIS_URL: `redis://127.0.0.1:${await freePort()}` }
  await using world = await createWorld({ data: 'empty', env })
  const lines = () => world.logLines.filter((line) => line.includes(lost))
  expect(lines()).toHaveLength(1)
  const answers = []
  for (let count = 0; count < 3; count++) answers.push(codesOf(await world.as('anonymous').query('{ __typename }')))
  expect(answers).toEqual([[], [], ['RATE_LIMITED']])
  expect(lines()).toHaveLength(1)
})
