import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { anonymous } from '../../../src/platform/auth/viewer.ts'
import { RateLimit } from '../../../src/platform/limits/rate-limit.ts'
import { MemoryTokenBuckets } from '../../../src/platform/limits/token-bucket.ts'
import { codesOf, createWorld, type World } from '../../support/world.ts'
import { call, graphql, json, outcome, post, type Reply } from '../support/call.ts'
import { stopClock } from '../support/clock.ts'
import { Lock } from '../support/lock.ts'

const env = {
  RATE_LIMIT_CAPACITY: '1000',
  RATE_LIMIT_RESTORE_PER_SECOND: '10',
  RATE_LIMIT_ANONYMOUS_CAPACITY: '100',
  RATE_LIMIT_ANONYMOUS_RESTORE_PER_SECOND: '1',
}
/** Costs 21, and needs all of it. */
const twentyProducts = '{ products { edges { node { name } } } }'
/** Costs this many points, and needs them all. At most 78, because there are no more products. */
const costing = (points: number) => `{ products(first: ${points - 1}) { edges { node { name } } } }`

let world: World
let clock: ReturnType<typeof stopClock>
beforeAll(async () => {
  world = await createWorld({ env })
  clock = stopClock()
})
afterAll(() => {
  clock[Symbol.dispose]()
  return world.close()
})
/** Fills every bucket again. */
beforeEach(() => clock.advance(1000))

const authorized = async (viewer: string) => ({ authorization: `Bearer ${await world.tokenFor(viewer)}` })
const limitsIn = ({ headers }: Reply) => [headers['ratelimit-policy'], headers.ratelimit]
const throttleIn = async (viewer: string, query: string) =>
  (await world.as(viewer).query(query)).extensions?.cost?.throttle

/** The rest after an anonymous request that costs a point. */
const left = async () => ((await throttleIn('anonymous', '{ viewer { kind } }'))?.available ?? Number.NaN) + 1

describe('an operation', () => {
  it('reports what it took of the bucket, in the response and in headers', async () => {
    const reply = await post(world.url, { query: twentyProducts }, await authorized('support'))
    const shape = z.object({ extensions: z.object({ cost: z.unknown() }) })
    expect(shape.parse(JSON.parse(reply.text)).extensions.cost).toEqual({
      requested: 21,
      actual: 21,
      maximum: 1000,
      throttle: { maximum: 1000, available: 979, restoreRate: 10 },
    })
    expect(limitsIn(reply)).toEqual(['"cost";q=1000;w=100', '"cost";r=979;t=3'])
  })

  it('gets back what its response did not need', async () => {
    const answered = await world.as('admin').query('{ order(number: 10248) { customer { name } lines { id } } }')
    expect(answered.extensions?.cost).toMatchObject({ requested: 12, actual: 5, throttle: { available: 995 } })
  })

  it('gets back the cost of denied fields', async () => {
    const answered = await world.as('anonymous').query('{ orders(first: 50) { edges { node { id } } } }')
    expect(codesOf(answered)).toEqual(['UNAUTHENTICATED'])
    expect(answered.extensions?.cost).toMatchObject({ requested: 51, actual: 1, throttle: { available: 99 } })
  })

  it('costs a point although it reads nothing', async () => {
    expect(await throttleIn('anonymous', '{ __typename }')).toMatchObject({ available: 99 })
  })

  it('finds the bucket refilled since, and never above its capacity', async () => {
    const available = async () => (await throttleIn('admin', '{ viewer { kind } }'))?.available
    await world.as('admin').query(costing(71))
    expect(await available()).toBe(928)
    clock.advance(2)
    expect(await available()).toBe(947)
    clock.advance(3600)
    expect(await available()).toBe(999)
  })

  it('takes nothing from the bucket of another viewer', async () => {
    await world.as('admin').query(costing(71))
    expect(await throttleIn('customer ALFKI', '{ viewer { kind } }')).toMatchObject({ available: 999 })
    expect(await throttleIn('anonymous', '{ viewer { kind } }')).toMatchObject({ available: 99 })
    expect(await throttleIn('admin', '{ viewer { kind } }')).toMatchObject({ available: 928 })
  })
})

describe('an operation above the bucket’s content', () => {
  it('is refused with 429 before a statement runs, and says when to retry', async () => {
    await world.as('anonymous').query(costing(61))
    const before = world.statements.length
    const reply = await post(world.url, { query: costing(51) }, { 'x-request-id': 'of-the-test' })
    expect(world.statements.length).toBe(before)
    expect(reply.status).toBe(429)
    expect(reply.headers['retry-after']).toBe('12')
    expect(limitsIn(reply)).toEqual(['"cost";q=100;w=100', '"cost";r=39;t=61'])
    expect(JSON.parse(reply.text)).toEqual({
      errors: [
        {
          message: 'Too much was asked in a short time; try again in 12 s.',
          extensions: {
            code: 'RATE_LIMITED',
            requestId: 'of-the-test',
            retryAfterSeconds: 12,
            throttle: { maximum: 100, available: 39, restoreRate: 1 },
          },
        },
      ],
    })
  })

  it('is answered after the announced time, and a cheaper one at once', async () => {
    await world.as('anonymous').query(costing(61))
    expect(codesOf(await world.as('anonymous').query(costing(51)))).toEqual(['RATE_LIMITED'])
    expect(codesOf(await world.as('anonymous').query(costing(9)))).toEqual([])
    clock.advance(20)
    expect(codesOf(await world.as('anonymous').query(costing(51)))).toEqual(['RATE_LIMITED'])
    clock.advance(1)
    expect(codesOf(await world.as('anonymous').query(costing(51)))).toEqual([])
  })

  it('that exceeds the capacity is too costly, and gets that error', async () => {
    const customers = '{ customers(first: 100) { edges { node { orders(first: 20) { edges { node { id } } } } } } }'
    expect(codesOf(await world.as('admin').query(customers))).toEqual(['COST_LIMIT_EXCEEDED'])
    const hundred = '{ products(first: 100) { edges { node { name } } } }'
    for (const viewer of ['anonymous', 'admin', 'anonymous', 'admin']) {
      const answered = await world.as(viewer).query(hundred)
      expect([viewer, ...codesOf(answered)]).toEqual(
        viewer === 'anonymous' ? [viewer, 'COST_LIMIT_EXCEEDED'] : [viewer],
      )
    }
  })

  it('is counted in the metrics', async () => {
    const limited = async () => {
      const { values } = await world.metrics.rateLimited.get()
      return values.find(({ labels }) => labels.limit === 'cost')?.value ?? 0
    }
    const before = await limited()
    await world.as('anonymous').query(costing(61))
    await world.as('anonymous').query(costing(61))
    expect(await limited()).toBe(before + 1)
  })

  it('is not shown by health checks', async () => {
    for (const points of [61, 39]) await world.as('anonymous').query(costing(points))
    expect(codesOf(await world.as('anonymous').query('{ viewer { kind } }'))).toEqual(['RATE_LIMITED'])
    for (const path of ['/healthz', '/readyz']) {
      const reply = await call(world.url, { method: 'GET', path })
      expect([reply.status, ...limitsIn(reply)]).toEqual([200, undefined, undefined])
    }
  })
})

describe('parallel operations', () => {
  it('never get more than the bucket has', async () => {
    const replies = await Promise.all(Array.from({ length: 30 }, () => post(world.url, { query: costing(21) })))
    const outcomes = replies.map(outcome)
    expect(outcomes.filter((one) => one === '200')).toHaveLength(4)
    expect(outcomes.filter((one) => one === '429 RATE_LIMITED')).toHaveLength(26)
    expect(await left()).toBe(16)
  })

  it('are charged while they run, and refunded afterwards', async () => {
    const none = '{ products(first: 40, filter: { nameContains: "qqq" }) { edges { node { name } } } }'
    await using lock = await Lock.on('commerce.md_product', world)
    const running = [world.as('anonymous').query(none), world.as('anonymous').query(none)]
    await lock.waitedForBy(2)
    expect(codesOf(await world.as('anonymous').query(none))).toEqual(['RATE_LIMITED'])
    await lock.release()
    expect((await Promise.all(running)).map(codesOf)).toEqual([[], []])
    expect(await left()).toBe(98)
  })
})

describe('a request that is refused before its cost is counted', () => {
  const requests: [what: string, body: string][] = [
    ['no JSON', '{'],
    ['no GraphQL', JSON.stringify({ query: '{ viewer {' })],
    ['a field there is none of', JSON.stringify({ query: '{ nope }' })],
    ['no such operation', JSON.stringify({ query: 'query A { __typename }', operationName: 'B' })],
    [
      'a variable of another type',
      JSON.stringify({ query: 'query ($a: Int) { orders(first: $a) { totalCount } }', variables: { a: 'x' } }),
    ],
    ['a variable that is refused unread', JSON.stringify({ query: '{ __typename }', variables: { a: '\0' } })],
    ['too much', JSON.stringify({ query: costing(101) })],
  ]
  it.each(requests)('(%s) costs a point of its address', async (_what, body) => {
    const reply = await call(world.url, { headers: graphql, body })
    expect(reply.status).toBeGreaterThanOrEqual(400)
    expect(limitsIn(reply)).toEqual(['"cost";q=100;w=100', '"cost";r=99;t=1'])
    expect(await left()).toBe(99)
  })

  it('costs a point of its viewer, where the credential is known', async () => {
    await world.as('admin').query('{ viewer { kind } }')
    const reply = await post(world.url, { query: '{ nope }' }, await authorized('admin'))
    expect(limitsIn(reply)).toEqual(['"cost";q=1000;w=100', '"cost";r=998;t=1'])
    expect(await left()).toBe(100)
  })

  it('is not read with an empty bucket, while viewers at the address go on', async () => {
    const headers = await authorized('admin')
    await post(world.url, { query: '{ viewer { kind } }' }, headers)
    const flood = await Promise.all(Array.from({ length: 120 }, () => post(world.url, { query: 'query A { nope }' })))
    expect(flood.map(outcome).filter((one) => one === '429 RATE_LIMITED')).toHaveLength(20)

    world.logLines.length = 0
    const unread = await post(world.url, { query: 'query Unread { nope }' })
    expect(outcome(unread)).toBe('429 RATE_LIMITED')
    expect(unread.headers['retry-after']).toBe('1')
    expect(world.logLines.join()).not.toContain('Unread')
    expect(outcome(await call(world.url, { headers: json, body: '{' }))).toBe('429 RATE_LIMITED')
    expect(outcome(await post(world.url, { query: '{ viewer { kind } }' }, headers))).toBe('200')
    const fresh = await authorized('customer BONAP')
    expect(outcome(await post(world.url, { query: '{ viewer { kind } }' }, fresh))).toBe('200')
    world.logLines.length = 0
    const forged = { authorization: 'Bearer a.b.c' }
    expect(outcome(await post(world.url, { query: 'query Unread { nope }' }, forged))).toBe('401 UNAUTHENTICATED')
    expect(world.logLines.join()).not.toContain('Unread')

    clock.advance(1)
    expect(outcome(await post(world.url, { query: '{ viewer { kind } }' }))).toBe('200')
    expect(outcome(await post(world.url, { query: '{ viewer { kind } }' }))).toBe('429 RATE_LIMITED')
  })
})

describe('limits that differ', () => {
  it('of two servers do not mix, although both have seen the same documents', async () => {
    const roomy = { MAX_DEPTH: '8', MAX_ALIASES: '5', MAX_MUTATIONS: '5', MAX_COST: '500' }
    const narrow = { MAX_DEPTH: '4', MAX_ALIASES: '2', MAX_MUTATIONS: '2', MAX_COST: '20' }
    await using one = await createWorld({ data: 'empty', env: roomy })
    await using other = await createWorld({ data: 'empty', env: narrow })
    const mutation = (name: string) =>
      `${name}: stockAdjust(input: { productId: "x", delta: 1, reason: CORRECTION }) { replayed }`
    const documents: [document: string, refusal: string][] = [
      [
        '{ products(first: 1) { edges { node { category { products(first: 1) { totalCount } } } } } }',
        'DOCUMENT_LIMIT_EXCEEDED',
      ],
      ['{ a: __typename b: __typename c: __typename }', 'DOCUMENT_LIMIT_EXCEEDED'],
      [`mutation { ${mutation('stockAdjust')} ${mutation('a')} ${mutation('b')} }`, 'DOCUMENT_LIMIT_EXCEEDED'],
      ['{ products(first: 50) { totalCount edges { node { name } } } }', 'COST_LIMIT_EXCEEDED'],
    ]
    for (const [query, refusal] of documents) {
      for (const _again of [1, 2]) {
        expect(codesOf(await one.as('anonymous').query(query))).not.toContain(refusal)
        expect(codesOf(await other.as('anonymous').query(query))).toEqual([refusal])
      }
    }
  })
})

it('addresses of one IPv6 network share a bucket', async () => {
  const allowance = { capacity: 10, restorePerSecond: 1 }
  const buckets = () => new MemoryTokenBuckets(allowance)
  const limit = new RateLimit({ viewers: buckets(), anonymous: buckets() })
  await limit.accountOf(anonymous, '2001:db8::1').take(4)
  await limit.accountOf({ ...anonymous, kind: 'staff', id: 'x' }, '2001:db8::1').take(1)
  const left = async (address: string) => (await limit.accountOf(anonymous, address).take(0)).available
  expect(await left('2001:db8::2:3')).toBe(6)
  expect(await left('2001:db8:0:1::1')).toBe(10)
  expect(await left('192.0.2.1')).toBe(10)
})
