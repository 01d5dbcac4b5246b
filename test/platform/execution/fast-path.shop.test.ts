import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { CostLimit } from '../../../src/platform/admission/cost-limit.ts'
import { FastPath } from '../../../src/platform/execution/fast-path.ts'
import { ledger, lineOf, shipTo } from '../../commerce/support/order-place.ts'
import { newOrder } from '../../commerce/support/orders.ts'
import { codesOf, createWorld, dataOf, type World } from '../../support/world.ts'
import { Lock } from '../support/lock.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const line = z.looseObject({ msg: z.string(), compiled: z.boolean().optional(), type: z.string().optional() })

/** The log line of the last operation. */
function lastLine(of: World = world) {
  const lines = of.logLines.map((text) => line.parse(JSON.parse(text)))
  return lines.findLast(({ msg }) => msg === 'operation')
}

/** A document is known after its first request. */
async function known(of: World, viewer: string, query: string, variables?: Record<string, unknown>) {
  await of.as(viewer).query(query, variables)
  return query
}

describe('a known document', () => {
  it('takes the fast path, with the same body and head, except for the rest of the bucket', async () => {
    const query = `{ orders(first: 2) { edges { node { number total { amount } } } } } # ${randomUUID()}`
    const ask = async () => {
      const headers = { authorization: `Bearer ${await world.tokenFor('admin')}`, 'x-request-id': 'same' }
      const reply = await world.fetchGraphQL({
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json', accept: 'application/graphql-response+json' },
        body: JSON.stringify({ query }),
      })
      const { ratelimit, date, ...head } = Object.fromEntries(reply.headers)
      const body = (await reply.text()).replace(/"available":\d+/, '"available":0')
      return { status: reply.status, head, body, lane: lastLine()?.compiled ?? false }
    }
    const first = await ask()
    const second = await ask()
    expect([first.lane, second.lane]).toEqual([false, true])
    expect(second).toEqual({ ...first, lane: true })
  })

  it('is refused for a malformed credential and for a changed one', async () => {
    const query = await known(world, 'admin', '{ orders(first: 1) { totalCount } }')
    const statuses = ['made.up.token', `${await world.tokenFor('admin')}x`].map(async (token) => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
      return (await world.fetchGraphQL({ method: 'POST', headers, body: JSON.stringify({ query }) })).status
    })
    expect(await Promise.all(statuses)).toEqual([401, 401])
  })

  it('is refused for wrong variables and for too high a cost', async () => {
    const query = 'query ($n: Int) { orders(first: $n) { edges { node { lines { quantity } } } } }'
    await known(world, 'admin', query, { n: 1 })
    expect(codesOf(await world.as('admin').query(query, { n: 'many' }))).toEqual(['BAD_USER_INPUT'])
    expect(codesOf(await world.as('admin').query(query, { n: -1 }))).toEqual(['INVALID_PAGE_SIZE'])
    expect((await world.as('admin').query(query, { n: 2 })).errors).toBeUndefined()
  })

  it('with a mutation is not run by GET', async () => {
    const query = `mutation M($id: ID!) { orderCancel(input: { orderId: $id }) { userErrors { code } } }`
    const { id } = await newOrder(world)
    await known(world, 'admin', query, { id })
    const search = new URLSearchParams({ query, variables: JSON.stringify({ id: (await newOrder(world)).id }) })
    const placed = await ledger(world)
    const headers = { authorization: `Bearer ${await world.tokenFor('admin')}` }
    expect((await world.fetchGraphQL({ headers }, `?${search}`)).status).toBe(405)
    expect(await ledger(world)).toEqual(placed)
  })

  it('is refused with an empty bucket, without charging anyone else', async () => {
    await using small = await createWorld({
      env: { RATE_LIMIT_CAPACITY: '60', RATE_LIMIT_RESTORE_PER_SECOND: '1' },
    })
    const query = await known(small, 'admin', '{ orders(first: 10) { edges { node { number } } } }')
    const codes: string[] = []
    while (codes.length === 0) codes.push(...codesOf(await small.as('admin').query(query)))
    expect(codes).toEqual(['RATE_LIMITED'])
    await known(small, 'support', query)
    await small.as('support').query(query)
    expect(lastLine(small)).toMatchObject({ compiled: true, viewer: 'staff' })
  })
})

describe('an operation that costs more than a server with too much to do allows', () => {
  const ask = async (query: string, accept: string) => {
    const headers = { authorization: `Bearer ${await world.tokenFor('admin')}`, 'x-request-id': 'same' }
    const reply = await world.fetchGraphQL({
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', accept },
      body: JSON.stringify({ query }),
    })
    const { date, 'retry-after': seconds, ...head } = Object.fromEntries(reply.headers)
    const body = (await reply.text()).replace(/(again in |Seconds":)[123]/g, '$10')
    return { status: reply.status, head, body, seconds }
  }
  const shed = async () => {
    const { values } = await world.metrics.shedRequests.get()
    return values.find(({ labels }) => labels.priority === 'costly')?.value ?? 0
  }

  it.each(['application/graphql-response+json', 'application/json'])(
    'is refused on the fast path as on the general route, as %s',
    async (accept) => {
      const query = `{ orders(first: 2) { edges { node { number } } } } # ${randomUUID()}`
      const before = await shed()
      using allows = vi.spyOn(CostLimit.prototype, 'allows').mockReturnValue(false)
      using fastPath = vi.spyOn(FastPath.prototype, 'respond')
      const general = await ask(query, accept)
      allows.mockReturnValue(true)
      expect((await ask(query, accept)).status).toBe(200)
      allows.mockReturnValue(false)
      let fast = general
      const statements = await world.statementsOf(async () => {
        fast = await ask(query, accept)
      })
      expect(fast).toEqual({ ...general, seconds: expect.stringMatching(/^[123]$/) })
      const message = expect.stringMatching(/costs this much; try again in 0 s, or ask for less\.$/)
      const extensions = { code: 'OVERLOADED', retryAfterSeconds: 0, requestId: 'same' }
      expect([general.status, JSON.parse(general.body)]).toEqual([503, { errors: [{ message, extensions }] }])
      const responses = await Promise.all(fastPath.mock.results.map(({ value }) => value))
      expect(responses.map((response) => response?.status)).toEqual([undefined, undefined, 503])
      expect([statements, (await shed()) - before]).toEqual([[], 2])
      expect(lastLine()).toMatchObject({ type: 'query', errors: ['OVERLOADED'] })
    },
  )

  it('is a problem for a named operation', async () => {
    const path = '/api/customers?first=1'
    expect((await world.fetchAs('admin', path)).status).toBe(200)
    using _ = vi.spyOn(CostLimit.prototype, 'allows').mockReturnValue(false)
    const refused = await world.fetchAs('admin', path)
    expect(refused.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
    expect([refused.status, await refused.json()]).toEqual([503, expect.objectContaining({ code: 'OVERLOADED' })])
  })
})

describe('a failing operation of a known document', () => {
  it('is executed once, and its error is as on the general route', async () => {
    const env = { DATABASE_STATEMENT_TIMEOUT_MS: '1000' }
    await using failing = await createWorld({ env })
    const query = await known(failing, 'anonymous', '{ products { totalCount } categories { totalCount } }')
    await using lock = await Lock.on('commerce.md_product', failing)
    const before = failing.statements.length
    const answered = await failing.as('anonymous').query(query)
    expect(codesOf(answered)).toEqual(['DEADLINE_EXCEEDED'])
    expect(answered.data).toEqual({ products: null, categories: { totalCount: 8 } })
    // A stopped statement is not counted. The other one ran once.
    expect(failing.statements.length - before).toBe(1)
    await lock.release()
    expect((await failing.as('anonymous').query(query)).errors).toBeUndefined()
  })
})

describe('a mutation of a known document', () => {
  const place = `mutation Place($input: OrderPlaceInput!) { orderPlace(input: $input) {
    replayed userErrors { code path } order { number status total { amount } lines { quantity product { name } } }
  } }`
  const payload = z.object({
    orderPlace: z.looseObject({
      replayed: z.boolean(),
      userErrors: z.array(z.object({ code: z.string(), path: z.array(z.string()) })),
      order: z.looseObject({ number: z.int(), total: z.object({ amount: z.string() }) }).nullable(),
    }),
  })
  const placeAs = async (idempotencyKey: string, quantity = 1) => {
    const input = { idempotencyKey, lines: [{ ...(await lineOf(world, 'NW-0003')), quantity }], shipTo }
    return dataOf(await world.as('customer ALFKI').query(place, { input }), payload).orderPlace
  }

  it('does the same as before, once for each key', async () => {
    const first = await placeAs(randomUUID())
    const key = randomUUID()
    const second = await placeAs(key)
    expect(lastLine()).toMatchObject({ type: 'mutation', compiled: true })
    expect(second).toEqual({ ...first, order: { ...first.order, number: (first.order?.number ?? 0) + 1 } })

    const before = await ledger(world)
    expect(await placeAs(key)).toEqual({ ...second, replayed: true })
    expect(await ledger(world)).toEqual(before)
  })

  it('is refused in terms of its input, and changes nothing', async () => {
    await placeAs(randomUUID())
    const before = await ledger(world)
    const refused = await placeAs(randomUUID(), 10_000)
    expect(lastLine()?.compiled).toBe(true)
    expect(refused).toMatchObject({ order: null, userErrors: [{ code: 'INSUFFICIENT_STOCK' }] })
    expect(await ledger(world)).toEqual(before)
  })

  it('runs its mutations one after the other, each seeing the earlier ones', async () => {
    const { id, products } = await newOrder(world)
    const change = `mutation Twice($id: ID!, $a: [OrderLineInput!]!, $b: [OrderLineInput!]!) {
      a: orderUpdateLines(input: { orderId: $id, version: 1, lines: $a }) { userErrors { code } order { subtotal { amount } } }
      b: orderUpdateLines(input: { orderId: $id, version: 2, lines: $b }) { userErrors { code } order { subtotal { amount } } }
    }`
    const again = await newOrder(world)
    const variables = (orderId: string, productId = products[0]) => ({
      id: orderId,
      a: [{ productId, quantity: 1 }],
      b: [{ productId, quantity: 2 }],
    })
    const expected = {
      a: { userErrors: [], order: { subtotal: { amount: '10.00' } } },
      b: { userErrors: [], order: { subtotal: { amount: '20.00' } } },
    }
    expect((await world.as('admin').query(change, variables(id))).data).toEqual(expected)
    expect((await world.as('admin').query(change, variables(again.id, again.products[0]))).data).toEqual(expected)
    expect(lastLine()).toMatchObject({ type: 'mutation', compiled: true })
  })
})
