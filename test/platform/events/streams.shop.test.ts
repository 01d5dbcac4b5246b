import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { demoId } from '../../../prisma/demo/ids.ts'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { createWorld, type World } from '../../support/world.ts'
import { newKey } from '../support/api-key.shop.ts'
import { revokeKey } from '../support/api-key.ts'
import { claimsOf } from '../support/token.shop.ts'
import { developmentKey, sign } from '../support/token.ts'
import { positionNow, readChanges } from './support/changes.ts'
import { placeOrder, spread } from './support/place-order.shop.ts'
import { gauge, openStream } from './support/stream.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const place = (viewer: string, server: Pick<World, 'as'> = world) => placeOrder(server, viewer)

const cancel = (id: string) =>
  world
    .as('admin')
    .query(`mutation { orderCancel(input: { idempotencyKey: "${crypto.randomUUID()}", orderId: "${id}" }) {
    userErrors { code } } }`)

const message = z.object({
  data: z.object({
    ordersChanged: z.object({ event: z.object({ topic: z.string() }), order: z.object({ id: z.string() }).nullable() }),
  }),
  extensions: z.object({ position: z.string(), cost: z.object({ requested: z.number(), actual: z.number() }) }),
})
const ordersChanged =
  'subscription Orders($after: String) { ordersChanged(after: $after) { event { topic } order { id } } }'
const codesIn = (data: unknown) =>
  z
    .object({ errors: z.array(z.object({ extensions: z.object({ code: z.string() }) })) })
    .parse(data)
    .errors.map(({ extensions }) => extensions.code)

describe('a subscription', () => {
  it('tells of each event with the object as its viewer sees it, and where to go on', async () => {
    const stream = await openStream(world, { as: 'customer ALFKI', query: ordersChanged })
    expect(stream.status).toBe(200)
    expect(stream.contentType).toBe('text/event-stream; charset=utf-8')
    const id = await place('customer ALFKI')
    const { id: lastEventId, event, data = '' } = (await stream.next()) ?? {}
    const { data: told, extensions } = message.parse(JSON.parse(data))
    expect({ event, told }).toEqual({
      event: 'next',
      told: { ordersChanged: { event: { topic: 'ORDER_PLACED' }, order: { id } } },
    })
    expect(extensions.position).toBe(lastEventId)
    expect(extensions.cost).toMatchObject({ requested: 3, actual: 3 })
    stream.close()
  })

  it('tells a customer of their own orders only, and staff of all', async () => {
    const [own, all] = await Promise.all(
      ['customer ALFKI', 'support'].map((as) => openStream(world, { as, query: ordersChanged })),
    )
    const others = await place('customer BONAP')
    const id = await place('customer ALFKI')
    expect(await own?.nextData()).toMatchObject({ data: { ordersChanged: { order: { id } } } })
    expect(await all?.nextData()).toMatchObject({ data: { ordersChanged: { order: { id: others } } } })
    own?.close()
    all?.close()
  })

  it('tells of one order', async () => {
    const [id, other] = [await place('customer ALFKI'), await place('customer ALFKI')]
    const query = `subscription { orderChanged(id: "${id}") { event { topic subjectId } order { status } } }`
    const stream = await openStream(world, { as: 'customer ALFKI', query })
    await cancel(other)
    await cancel(id)
    expect(await stream.nextData()).toMatchObject({
      data: {
        orderChanged: { event: { topic: 'ORDER_CANCELLED', subjectId: id }, order: { status: 'CANCELLED' } },
      },
    })
    stream.close()
  })

  it('tells anyone how many units of a product can be ordered, and only staff of its stock', async () => {
    const query = `subscription { productChanged(ids: ["${spread}"]) { event { topic payload } product { available } } }`
    const [anyone, staff] = await Promise.all(['anonymous', 'admin'].map((as) => openStream(world, { as, query })))
    await place('customer ALFKI')
    const change = z.object({
      data: z.object({
        productChanged: z.object({
          event: z.object({ topic: z.literal('STOCK_CHANGED'), payload: z.record(z.string(), z.unknown()) }),
          product: z.object({ available: z.number() }),
        }),
      }),
    })
    const { event, product } = change.parse(await anyone?.nextData()).data.productChanged
    expect(event.payload).toEqual({ productId: spread, available: product.available })
    const { payload } = change.parse(await staff?.nextData()).data.productChanged.event
    expect(payload).toMatchObject({ ...event.payload, reason: 'RESERVED' })
    anyone?.close()
    staff?.close()
  })

  it('tells of the events of the filter only', async () => {
    const bonap = encodeId('Customer', demoId('customer', 'BONAP'))
    const query = `subscription { ordersChanged(filter: { customerIds: ["${bonap}"], topics: [ORDER_CANCELLED] }) { order { id } } }`
    const stream = await openStream(world, { as: 'admin', query })
    const [others, id] = [await place('customer ALFKI'), await place('customer BONAP')]
    await cancel(others)
    await cancel(id)
    expect(await stream.nextData()).toMatchObject({ data: { ordersChanged: { order: { id } } } })
    stream.close()
  })

  it('reads an event in one statement, and the row of its object', async () => {
    const stream = await openStream(world, { as: 'admin', query: ordersChanged })
    for (let round = 0; round < 3; round++) {
      const placing = await world.statementsOf(() => place('customer ALFKI'))
      const all = await world.statementsOf(() => stream.nextData())
      // The event may arrive before the response of the mutation, which reads the order too.
      const reads = [...placing, ...all].filter(({ sql }) => /json_agg.*so_header/.test(sql))
      expect(reads.map(({ rows }) => rows)).toEqual([1, 1])
    }
    stream.close()
  })

  it('opens by GET too', async () => {
    const stream = await openStream(world, { as: 'customer ALFKI', query: ordersChanged, method: 'GET' })
    const id = await place('customer ALFKI')
    expect(await stream.nextData()).toMatchObject({ data: { ordersChanged: { order: { id } } } })
    stream.close()
  })

  it('is refused without a stream in `Accept`', async () => {
    const stream = await openStream(world, { query: ordersChanged, headers: { accept: 'application/json' } })
    expect(stream.status).toBe(406)
    expect(codesIn(await stream.json())).toEqual(['NOT_ACCEPTABLE'])
  })

  it('is a stream of one message for a query whose client takes only streams', async () => {
    const stream = await openStream(world, { query: '{ products { totalCount } }' })
    expect(await stream.nextData()).toMatchObject({ data: { products: { totalCount: 77 } } })
    expect(await stream.next()).toEqual({ event: 'complete', data: '' })
    expect(await stream.next()).toBeUndefined()
  })
})

describe('a subscription that goes on', () => {
  it('misses nothing and repeats nothing', async () => {
    const first = await openStream(world, { as: 'customer ALFKI', query: ordersChanged })
    const before = await place('customer ALFKI')
    const { id: position = '' } = (await first.next()) ?? {}
    first.close()
    const missed = [await place('customer ALFKI'), await place('customer ALFKI')]
    for (const resumed of [{ variables: { after: position } }, { headers: { 'last-event-id': position } }]) {
      const stream = await openStream(world, { as: 'customer ALFKI', query: ordersChanged, ...resumed })
      const ids = [await stream.nextData(), await stream.nextData()].map(
        (data) => message.parse(data).data.ordersChanged.order?.id,
      )
      expect(ids).toEqual(missed)
      expect(ids).not.toContain(before)
      stream.close()
    }
  })

  it('goes on from a page of `changes`, on another replica', async () => {
    const replica = await world.openReplica()
    const after = await positionNow(world)
    const id = await place('customer ALFKI')
    const { events } = await readChanges(world, 'customer ALFKI', { after })
    const stream = await openStream(world, {
      as: 'customer ALFKI',
      url: replica.url,
      query: 'subscription ($after: String) { changes(after: $after) { id position } }',
      variables: { after },
    })
    for (const { id, position } of events)
      expect(await stream.nextData()).toMatchObject({ data: { changes: { id, position } } })
    expect(events.at(-1)?.subjectId).toBe(id)
    stream.close()
    await replica.close()
  })

  it('reads what is no longer in memory from the database', async () => {
    const after = await positionNow(world)
    const id = await place('customer ALFKI')
    await world.client.$executeRawUnsafe(`
      insert into platform.pf_outbox (uid, topic_nm, doc_ver, agg_type, agg_key, agg_seq, actor_kind, event_doc)
      select platform.pf_uuid_v7(), 'supplier.changed', 1, 'Supplier', gen_random_uuid()::text, 1, 'database', '{}'
      from generate_series(1, 5000)`)
    const last = await place('customer ALFKI')
    await world.feed.caughtUp()
    const stream = await openStream(world, { as: 'customer ALFKI', query: ordersChanged, variables: { after } })
    const ids = [await stream.nextData(), await stream.nextData()].map(
      (data) => message.parse(data).data.ordersChanged.order?.id,
    )
    expect(ids).toEqual([id, last])
    stream.close()
  })

  it('says that its position is none, or is no longer kept', async () => {
    const stream = await openStream(world, { as: 'admin', query: ordersChanged, variables: { after: 'nowhere' } })
    expect(codesIn(await stream.nextData())).toEqual(['INVALID_CURSOR'])
    expect(await stream.next()).toEqual({ event: 'complete', data: '' })
  })
})

describe('the rights of a subscriber', () => {
  it('are those of its fields: a stranger opens none, and the denial is in the audit trail', async () => {
    const streams = await gauge(world, 'frontdoor_streams')
    const stream = await openStream(world, { query: ordersChanged })
    expect(codesIn(await stream.nextData())).toEqual(['UNAUTHENTICATED'])
    expect(await stream.next()).toEqual({ event: 'complete', data: '' })
    expect(await gauge(world, 'frontdoor_streams')).toBe(streams)
    expect((await world.audited()).at(-1)).toMatchObject({ outcome: 'DENIED', fields: ['Subscription.ordersChanged'] })
  })

  it('hold for each field of each event', async () => {
    const query = 'subscription { ordersChanged { order { id shipTo { recipient city } } } }'
    const stream = await openStream(world, { as: 'support', query })
    const id = await place('customer ALFKI')
    const data = await stream.nextData()
    expect(data).toMatchObject({ data: { ordersChanged: { order: { id, shipTo: { recipient: null, city: 'C' } } } } })
    expect(codesIn(data)).toEqual(['FORBIDDEN'])
    stream.close()
  })

  it('show no order that the viewer may not see any more', async () => {
    const position = await positionNow(world)
    const id = await place('customer ALFKI')
    await world.client.order.updateMany({
      where: {
        id: {
          in: [
            (
              await world.client.domainEvent.findFirstOrThrow({
                where: { topic: 'order.placed' },
                orderBy: { written: 'desc' },
              })
            ).aggregateKey,
          ],
        },
      },
      data: { customerId: demoId('customer', 'BONAP') },
    })
    const stream = await openStream(world, {
      as: 'customer ALFKI',
      query: ordersChanged,
      variables: { after: position },
    })
    expect(message.parse(await stream.nextData()).data.ordersChanged).toEqual({
      event: { topic: 'ORDER_PLACED' },
      order: null,
    })
    expect(id).toMatch(/^order_/)
    stream.close()
  })

  it('end with a revoked API key, also where nothing happens', async () => {
    const { id, secret } = await newKey(world)
    const stream = await openStream(world, { as: `Bearer ${secret}`, query: ordersChanged })
    const revokedAt = performance.now()
    await world.as('admin').query(revokeKey, { id })
    expect(codesIn(await stream.nextData())).toEqual(['UNAUTHENTICATED'])
    expect(await stream.next()).toEqual({ event: 'complete', data: '' })
    expect(performance.now() - revokedAt).toBeLessThan(5000)
  })

  it('end with a token that expires', async () => {
    const { key } = await developmentKey(world.config)
    const token = await sign(claimsOf(world.config, { exp: Math.floor(Date.now() / 1000) - 3 }), { key })
    const stream = await openStream(world, { as: `Bearer ${token}`, query: ordersChanged })
    expect(stream.status).toBe(200)
    expect(codesIn(await stream.nextData())).toEqual(['UNAUTHENTICATED'])
  })

  it('give a key without the scope nothing', async () => {
    const { secret } = await newKey(world, { scopes: ['catalog:write'] })
    const stream = await openStream(world, { as: `Bearer ${secret}`, query: ordersChanged })
    expect(codesIn(await stream.nextData())).toEqual(['FORBIDDEN'])
  })
})

describe('a stream', () => {
  it('frees its place when its client leaves', async () => {
    const before = await gauge(world, 'frontdoor_streams')
    const streams = await Promise.all(
      Array.from({ length: 5 }, () => openStream(world, { as: 'admin', query: ordersChanged })),
    )
    expect(await gauge(world, 'frontdoor_streams')).toBe(before + 5)
    for (const stream of streams) stream.close()
    await expect.poll(() => gauge(world, 'frontdoor_streams')).toBe(before)
  })

  it('breaks off at a drain without `complete`, and goes on at another replica', async () => {
    await using world = await createWorld({ env: { DRAIN_TIMEOUT_MS: '1000' } })
    const replica = await world.openReplica()
    const stream = await openStream(world, { as: 'admin', query: ordersChanged, url: replica.url })
    await place('customer ALFKI', world)
    const { id: position = '' } = (await stream.next()) ?? {}
    const closing = replica.close()
    expect(await stream.next()).toBeUndefined()
    await closing
    const id = await place('customer ALFKI', world)
    const resumed = await openStream(world, { as: 'admin', query: ordersChanged, variables: { after: position } })
    expect(message.parse(await resumed.nextData()).data.ordersChanged.order?.id).toBe(id)
    resumed.close()
  })

  it('pays for each event, and waits where the bucket is empty', async () => {
    await using poor = await createWorld({
      env: { RATE_LIMIT_CAPACITY: '20', RATE_LIMIT_RESTORE_PER_SECOND: '10', MAX_COST: '20' },
    })
    const stream = await openStream(poor, { as: 'support', query: ordersChanged })
    const ids: string[] = []
    for (const customer of ['ALFKI', 'BONAP', 'QUICK', 'ERNSH', 'SAVEA', 'HUNGO', 'RATTC', 'HILAA'])
      ids.push(await place(`customer ${customer}`, poor))
    const told: unknown[] = []
    for (const _ of ids) told.push(message.parse(await stream.nextData()).data.ordersChanged.order?.id)
    expect(told).toEqual(ids)
    stream.close()
  })

  it('is one of few: the next is TOO_MANY_STREAMS', async () => {
    await using small = await createWorld({ env: { MAX_STREAMS_PER_VIEWER: '2', MAX_STREAMS: '3' } })
    const open = (as: string) => openStream(small, { as, query: ordersChanged })
    const two = [await open('admin'), await open('admin')]
    expect(codesIn(await (await open('admin')).nextData())).toEqual(['TOO_MANY_STREAMS'])
    const other = await open('support')
    expect(codesIn(await (await open('customer ALFKI')).nextData())).toEqual(['TOO_MANY_STREAMS'])
    for (const stream of two) stream.close()
    await expect.poll(() => gauge(small, 'frontdoor_streams')).toBe(1)
    const again = await open('admin')
    await place('customer ALFKI', small)
    expect(await again.nextData()).toMatchObject({ data: {} })
    again.close()
    other.close()
  })
})
