import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { demoId } from '../../../prisma/demo/ids.ts'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { codesOf, createWorld, dataOf, type World } from '../../support/world.ts'
import { type Asked, askChanges, positionNow, readChanges } from './support/changes.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const ask = (viewer: string, asked: Asked = {}) => askChanges(world, viewer, asked)
const read = (viewer: string, asked: Asked = {}) => readChanges(world, viewer, asked)
const now = () => positionNow(world)

const boysenberrySpread = encodeId('Product', demoId('product', '6'))
const shipTo = 'shipTo: { recipient: "R", street: "S", city: "C", country: "DE" }'
const place = (viewer: string) =>
  world.as(viewer).query(
    `mutation { orderPlace(input: { idempotencyKey: "${crypto.randomUUID()}", lines: [{ productId: "${boysenberrySpread}", quantity: 1 }], ${shipTo} }) {
      userErrors { code } order { id } } }`,
  )

describe('the feed', () => {
  it('has the events of a mutation, in order, once', async () => {
    const after = await now()
    await place('customer ALFKI')
    const { events, endPosition, hasMore } = await read('admin', { after })
    expect(events.map(({ topic }) => topic)).toEqual(['STOCK_CHANGED', 'ORDER_PLACED'])
    expect(hasMore).toBe(false)
    expect(endPosition).toBe(events.at(-1)?.position)
    expect(await read('admin', { after: endPosition })).toEqual({ events: [], endPosition, hasMore: false })
  })

  it('is read in pages, each from the end of the one before', async () => {
    const after = await now()
    for (const viewer of ['customer ALFKI', 'customer BONAP', 'customer QUICK']) await place(viewer)
    const whole = await read('admin', { after })
    const seen: unknown[] = []
    let position = after
    for (;;) {
      const { events, endPosition, hasMore } = await read('admin', { after: position, first: 2 })
      seen.push(...events)
      position = endPosition
      if (!hasMore) break
    }
    expect(seen).toEqual(whole.events)
    expect(position).toBe(whole.endPosition)
  })

  it('takes one statement for a page', async () => {
    const after = await now()
    await place('customer ALFKI')
    const statements = await world.statementsOf(() => read('admin', { after }))
    expect(statements.map(({ rows }) => rows)).toEqual([2])
  })

  it('begins with the oldest event where no position is given', async () => {
    await place('customer ALFKI')
    const { events } = await read('admin', { first: 1 })
    expect(events.map(({ sequence }) => sequence)).toEqual([1])
  })

  it('has a position behind the events that a page does not show', async () => {
    const after = await now()
    await place('customer ALFKI')
    const { events, endPosition } = await read('admin', { after, topics: ['ORDER_CANCELLED'] })
    expect(events).toEqual([])
    expect(endPosition).toBe(await now())
  })
})

describe('who sees an event', () => {
  it('is its owner, among customers', async () => {
    const after = await now()
    await place('customer ALFKI')
    await place('customer BONAP')
    const topics = async (viewer: string) => (await read(viewer, { after })).events.map(({ topic }) => topic)
    const [placed, stock] = ['ORDER_PLACED', 'STOCK_CHANGED']
    expect(await topics('customer ALFKI')).toEqual([stock, placed, stock])
    for (const viewer of ['customer QUICK', 'anonymous', 'auditor'])
      expect(await topics(viewer)).toEqual([stock, stock])
    expect(await topics('support')).toEqual([stock, placed, stock, placed])
  })

  it('sees of the payload what is theirs to see', async () => {
    const after = await now()
    await place('customer ALFKI')
    const fieldsOf = async (viewer: string) => {
      const { events } = await read(viewer, { after, topics: ['STOCK_CHANGED'] })
      return Object.keys(events[0]?.payload ?? {}).sort()
    }
    for (const viewer of ['anonymous', 'customer ALFKI', 'auditor'])
      expect(await fieldsOf(viewer)).toEqual(['available', 'productId'])
    expect(await fieldsOf('support')).toEqual(['available', 'onHand', 'productId', 'reason', 'reserved'])
  })

  it('is everyone for the catalogue', async () => {
    const after = await now()
    await world.client.product.update({ where: { sku: 'NW-0002' }, data: { name: 'Chang Lager' } })
    const [event] = (await read('anonymous', { after, wait: 5 })).events
    expect(event).toMatchObject({
      topic: 'PRODUCT_CHANGED',
      subjectId: encodeId('Product', demoId('product', '2')),
      actorKind: 'database',
      payload: { productId: encodeId('Product', demoId('product', '2')), change: 'UPDATED', changed: ['name'] },
    })
  })
})

describe('a call that waits', () => {
  it('responds when an event arrives that its viewer sees', async () => {
    const after = await now()
    const waiting = read('customer ALFKI', { after, wait: 30, topics: ['ORDER_PLACED'] })
    await place('customer BONAP')
    await place('customer ALFKI')
    expect((await waiting).events.map(({ topic }) => topic)).toEqual(['ORDER_PLACED'])
  })

  it('responds without an event when its time is over', async () => {
    const after = await now()
    expect(await read('auditor', { after, wait: 1 })).toEqual({ events: [], endPosition: after, hasMore: false })
  })
})

describe('a position', () => {
  it('that no feed has given is refused', async () => {
    expect(codesOf(await ask('admin', { after: 'WyJzIiwibm0iXQ' }))).toEqual(['INVALID_CURSOR'])
    const cursor = dataOf(
      await world.as('admin').query('{ products(first: 1) { pageInfo { endCursor } } }'),
      z.object({ products: z.object({ pageInfo: z.object({ endCursor: z.string() }) }) }),
    ).products.pageInfo.endCursor
    expect(codesOf(await ask('admin', { after: cursor }))).toEqual(['INVALID_CURSOR'])
  })

  it('is good on another replica', async () => {
    const after = await now()
    await place('customer ALFKI')
    const replica = await world.openReplica()
    expect(await readChanges(replica, 'admin', { after, wait: 5 })).toEqual(await read('admin', { after }))
    await replica.close()
  })

  it('whose event was replaced by a restore is expired', async () => {
    await place('customer ALFKI')
    const after = await now()
    await world.client.$executeRaw`update platform.pf_outbox set uid = gen_random_uuid()`
    await place('customer ALFKI')
    expect(codesOf(await ask('admin', { after }))).toEqual(['POSITION_EXPIRED'])
  })
})

it.each([
  ['first', { first: 1001 }, 'INVALID_PAGE_SIZE'],
  ['first', { first: -1 }, 'INVALID_PAGE_SIZE'],
  ['wait', { wait: 31 }, 'BAD_USER_INPUT'],
])('%s beyond its bounds is refused', async (_name, asked, code) => {
  expect(codesOf(await ask('admin', asked))).toEqual([code])
})
