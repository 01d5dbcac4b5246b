import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { decodeId } from '../../../src/platform/graphql/ids.ts'
import { createWorld, dataOf, type World } from '../../support/world.ts'
import { readChanges } from '../events/support/changes.ts'
import { placeOrder } from '../events/support/place-order.shop.ts'
import { revokeKey } from '../support/api-key.ts'
import { accept, Receiver, refuse } from './support/receiver.ts'
import { newWebhook } from './support/webhook.shop.ts'
import { changeWebhook, deliveriesOf, hasty, webhookOf } from './support/webhook.ts'

let world: World
beforeAll(async () => {
  world = await createWorld({ env: hasty })
})
afterAll(() => world.close())

async function openReceiver(): Promise<Receiver> {
  const receiver = await Receiver.open()
  onTestFinished(() => receiver.close())
  return receiver
}

const eventually = <T>(value: () => T) => expect.poll(value, { timeout: 10_000 })
const place = (viewer = 'customer ALFKI') => placeOrder(world, viewer)

const cancel = (orderId: string) =>
  world
    .as('admin')
    .query('mutation ($input: OrderCancelInput!) { orderCancel(input: $input) { userErrors { code } } }', {
      input: { orderId, idempotencyKey: crypto.randomUUID() },
    })

/** Events of suppliers, as if many were written in plain SQL. */
const writeEvents = ({ events, objects }: { events: number; objects: number }) =>
  world.client.$executeRaw`
    insert into platform.pf_outbox (uid, topic_nm, agg_type, agg_key, agg_seq, actor_kind, event_doc)
    select platform.pf_uuid_v7(), 'supplier.changed', 'Supplier', lpad(to_hex(n % ${objects}::int), 32, '0')::uuid::text,
           n / ${objects}::int + 1, 'database', '{"supplierId":"supplier_00000000000000000000000000","change":"UPDATED","changed":[]}'
    from generate_series(0, ${events}::int - 1) n`

/** The states of the deliveries of a webhook, oldest first. */
const statesOf = async (id: string) => (await deliveriesOf(world, id)).map(({ state }) => state).reverse()

describe('a webhook with topics', () => {
  it('is sent each event of them, signed, and no other', async () => {
    const receiver = await openReceiver()
    const { id, secret } = await newWebhook(world, { url: receiver.url, topics: ['ORDER_PLACED'] })
    receiver.secrets = [secret]
    const order = await place()
    // Messages of different objects come in any order.
    await receiver.until(1)
    await cancel(order)
    const next = await place()
    const messages = await receiver.until(2)

    expect(messages.map(({ body }) => [body.type, body.data?.subjectId])).toEqual([
      ['order.placed', order],
      ['order.placed', next],
    ])
    const [first] = messages
    const [event] = (await readChanges(world, 'admin', { topics: ['ORDER_PLACED'], first: 500 })).events.slice(-2)
    expect(first?.body.data).toMatchObject({ ...event, topic: 'order.placed' })
    expect(first?.headers['content-type']).toBe('application/json')
    await eventually(() => deliveriesOf(world, id)).toMatchObject([
      { state: 'DELIVERED' },
      {
        id: first?.id,
        topic: 'order.placed',
        state: 'DELIVERED',
        attempts: [{ number: 1, status: 200, outcome: 'ACCEPTED' }],
        nextAttemptAt: null,
      },
    ])
  })

  it('is sent nothing that happened before it was made', async () => {
    const receiver = await openReceiver()
    await place()
    await newWebhook(world, { url: receiver.url, topics: ['ORDER_PLACED'] })
    const after = await place()
    const [first] = await receiver.until(1)
    expect(first?.body.data?.subjectId).toBe(after)
  })

  it('is sent what its API key sees of a payload', async () => {
    const receiver = await openReceiver()
    await newWebhook(world, { url: receiver.url, topics: ['STOCK_CHANGED'] }, ['catalog:write'])
    await place()
    const [message] = await receiver.until(1)
    expect(Object.keys(z.looseObject({}).parse(message?.body.data?.payload))).toEqual(['available', 'productId'])
  })
})

describe('a webhook with a document', () => {
  const document = `subscription Orders { ordersChanged(filter: { topics: [ORDER_PLACED] }) {
    event { topic } order { id customer { name email } } } }`

  it('is sent the result, read with the rights of its API key', async () => {
    const receiver = await openReceiver()
    await newWebhook(world, { url: receiver.url, document }, ['orders:read', 'customers:read'])
    const order = await place()
    // Messages of different objects come in any order.
    await receiver.until(1)
    await cancel(order)
    const next = await place()
    const messages = await receiver.until(2)
    expect(messages.map(({ body }) => body)).toMatchObject(
      [order, next].map((id) => ({
        type: 'order.placed',
        data: {
          ordersChanged: {
            event: { topic: 'ORDER_PLACED' },
            order: { id, customer: { name: 'Alfreds Futterkiste', email: null } },
          },
        },
        errors: [{ extensions: { code: 'FORBIDDEN' }, path: ['ordersChanged', 'order', 'customer', 'email'] }],
      })),
    )
  })

  it('is sent the ids only, where the result has more than 20 kB', async () => {
    const receiver = await openReceiver()
    const orders = Array.from({ length: 30 }, (_, index) => `o${index}: order { ...Whole }`).join(' ')
    await newWebhook(world, {
      url: receiver.url,
      document: `subscription { ordersChanged { event { topic } ${orders} } }
        fragment Whole on Order { availableActions
          amountPaid { ...All } amountRefunded { ...All } balance { ...All } discount { ...All } freight { ...All }
          grandTotal { ...All } lines { discount id quantity total { ...All } unitPrice { ...All }
            product { name packaging sku unitPrice { ...All } category { name description } } } }
        fragment All on Money { amount currency }`,
    })
    const order = await place()
    const [message] = await receiver.until(1)
    expect(message?.body).toMatchObject({
      type: 'order.placed',
      thin: true,
      data: { id: expect.stringMatching(/^event_/), subjectType: 'Order', subjectId: order },
    })
    expect(Object.keys(message?.body.data ?? {})).toHaveLength(3)
  })
})

describe('a message that is not accepted', () => {
  it('is sent again, under the same id, until it is', async () => {
    const receiver = await openReceiver()
    const { id, secret } = await newWebhook(world, { url: receiver.url, topics: ['ORDER_PLACED'] })
    receiver.secrets = [secret]
    receiver.respond = (received, response) =>
      receiver.received.length < 3 ? refuse(500)(received, response) : response.end()
    await place()
    const messages = await receiver.until(3)
    expect(new Set(messages.map((message) => message.id)).size).toBe(1)
    await eventually(() => statesOf(id)).toEqual(['DELIVERED'])
    const [delivery] = await deliveriesOf(world, id)
    expect(delivery).toMatchObject({
      attemptCount: 3,
      attempts: [
        { number: 3, status: 200, outcome: 'ACCEPTED' },
        { number: 2, status: 500, outcome: 'STATUS_REFUSED' },
        { number: 1, status: 500, outcome: 'STATUS_REFUSED' },
      ],
    })
  })

  it('is tried again where the receiver redirects, hangs or cannot be reached', async () => {
    const [receiver, elsewhere] = await Promise.all([openReceiver(), openReceiver()])
    const { id } = await newWebhook(world, { url: receiver.url, topics: ['ORDER_PLACED'] })
    const responses = [
      refuse(307, { location: elsewhere.url }),
      () => {},
      (_: unknown, response: { destroy: () => void }) => response.destroy(),
      accept,
    ]
    receiver.respond = (received, response) => responses[receiver.received.length - 1]?.(received, response)
    await place()
    await receiver.until(4)
    await eventually(() => statesOf(id)).toEqual(['DELIVERED'])
    const [delivery] = await deliveriesOf(world, id)
    expect(delivery?.attempts.map(({ outcome }) => outcome)).toEqual([
      'ACCEPTED',
      'UNREACHABLE',
      'TIMED_OUT',
      'REDIRECTED',
    ])
    expect(elsewhere.received).toEqual([])
  })

  it('is given up after three days, and sent again by a replay', async () => {
    const receiver = await openReceiver()
    const { id } = await newWebhook(world, { url: receiver.url, topics: ['ORDER_PLACED'] })
    receiver.respond = refuse(500)
    await place()
    await receiver.until(1)
    await eventually(async () => (await deliveriesOf(world, id))[0]?.attemptCount).toBeGreaterThan(0)
    await world.client.webhookDelivery.updateMany({
      where: { state: 'PENDING' },
      data: { begunAt: new Date(Date.now() - 3 * 86_400_000) },
    })
    await eventually(() => statesOf(id)).toEqual(['FAILED'])
    receiver.respond = accept
    expect(await changeWebhook(world, 'webhookReplay', { webhookId: id })).toEqual([])
    await eventually(() => statesOf(id)).toEqual(['DELIVERED'])
    expect(new Set(receiver.received.map((message) => message.id)).size).toBe(1)
  })

  it('holds up later events of its object where the webhook is ordered, and no others', async () => {
    const receiver = await openReceiver()
    await newWebhook(world, { url: receiver.url, topics: ['ORDER_PLACED', 'ORDER_CANCELLED'], isOrdered: true })
    let isRefused = true
    const [order, other] = [await place(), await place()]
    receiver.respond = ({ body }, response) =>
      refuse(isRefused && body.data?.subjectId === order ? 500 : 200)({ id: '', headers: {}, body }, response)
    await Promise.all([cancel(order), cancel(other)])
    const accepted = () =>
      receiver.received.filter(({ body }) => body.data?.subjectId === other).map(({ body }) => body.type)
    await eventually(accepted).toEqual(['order.placed', 'order.cancelled'])
    const ofOrder = () =>
      receiver.received.filter(({ body }) => body.data?.subjectId === order).map(({ body }) => body.type)
    await eventually(() => ofOrder().length).toBeGreaterThan(1)
    expect(new Set(ofOrder())).toEqual(new Set(['order.placed']))
    isRefused = false
    await eventually(ofOrder).toContain('order.cancelled')
    expect(ofOrder().lastIndexOf('order.placed')).toBeLessThan(ofOrder().indexOf('order.cancelled'))
  })
})

describe('a long queue', () => {
  it('is sent in the order of each object', async () => {
    const receiver = await openReceiver()
    await newWebhook(world, { url: receiver.url, topics: ['SUPPLIER_CHANGED'], isOrdered: true }, ['suppliers:read'])
    await writeEvents({ events: 600, objects: 20 })
    const messages = await receiver.until(600)
    const sequences = Map.groupBy(messages, ({ body }) => body.data?.subjectId)
    expect(sequences.size).toBe(20)
    for (const ofOne of sequences.values())
      expect(ofOne.map(({ body }) => body.data?.sequence)).toEqual(Array.from({ length: 30 }, (_, at) => at + 1))
  })
})

describe('a receiver', () => {
  it('that asks to wait is sent nothing before', async () => {
    const receiver = await openReceiver()
    const { id } = await newWebhook(world, { url: receiver.url, topics: ['ORDER_PLACED'] })
    receiver.respond = refuse(429, { 'retry-after': '2' })
    const askedAt = Date.now()
    await place()
    await receiver.until(1)
    receiver.respond = accept
    await eventually(async () => (await webhookOf(world, id)).pausedUntil).not.toBeNull()
    const { pausedUntil } = await webhookOf(world, id)
    expect(Date.parse(pausedUntil ?? '')).toBeGreaterThanOrEqual(askedAt + 2000)
    await receiver.until(2)
    expect(Date.now()).toBeGreaterThanOrEqual(askedAt + 2000)
    await eventually(async () => (await webhookOf(world, id)).pausedUntil).toBeNull()
  })

  it('that fails five times in a row is left alone for a while, but for a test', async () => {
    const receiver = await openReceiver()
    const { id } = await newWebhook(world, { url: receiver.url, topics: ['ORDER_PLACED'] })
    receiver.respond = refuse(503, { 'retry-after': '3600' })
    await place()
    await eventually(async () => (await webhookOf(world, id)).pausedUntil).not.toBeNull()
    const before = receiver.received.length
    await Promise.all([place(), place(), place()])
    await world.feed.caughtUp()
    await eventually(() => statesOf(id)).toEqual(Array(4).fill('PENDING'))
    receiver.respond = accept
    expect(await changeWebhook(world, 'webhookTest', { webhookId: id })).toEqual([])
    const [last] = (await receiver.until(before + 1)).slice(before)
    expect(last?.body).toEqual({
      type: 'webhook.test',
      timestamp: expect.any(String),
      data: { webhookId: id },
    })
    // The receiver is back: what waited is sent.
    await receiver.until(before + 4)
  })

  it('that responds with 410 is sent nothing more, until the webhook is enabled again', async () => {
    const receiver = await openReceiver()
    const { id, version } = await newWebhook(world, { url: receiver.url, topics: ['ORDER_PLACED'] })
    receiver.respond = refuse(410)
    const first = await place()
    await receiver.until(1)
    await eventually(() => webhookOf(world, id)).toMatchObject({ isEnabled: false, disabledReason: 'GONE' })
    const meanwhile = await place()
    const told = await readChanges(world, 'admin', { topics: ['WEBHOOK_DISABLED'] })
    expect(told.events.map(({ subjectId, actorKind, payload }) => [subjectId, actorKind, payload])).toContainEqual([
      id,
      'server',
      { webhookId: id, reason: 'GONE' },
    ])
    expect(await changeWebhook(world, 'webhookTest', { webhookId: id })).toEqual(['WEBHOOK_DISABLED'])
    receiver.respond = accept
    expect(await changeWebhook(world, 'webhookUpdate', { webhookId: id, version, isEnabled: true })).toEqual([])
    const messages = await receiver.until(3)
    expect(messages.slice(1).map(({ body }) => body.data?.subjectId)).toEqual(
      expect.arrayContaining([first, meanwhile]),
    )
  })

  it('gets nothing more once the API key is revoked', async () => {
    const receiver = await openReceiver()
    const { id, key } = await newWebhook(world, { url: receiver.url, topics: ['ORDER_PLACED'] })
    await place()
    await receiver.until(1)
    await world.as('admin').query(revokeKey, { id: key.id })
    await place()
    await eventually(() => webhookOf(world, id)).toMatchObject({ isEnabled: false, disabledReason: 'KEY_ENDED' })
    expect(receiver.received).toHaveLength(1)
  })

  it('verifies with the previous secret too, for a while after a rotation', async () => {
    const receiver = await openReceiver()
    const { id, secret } = await newWebhook(world, { url: receiver.url, topics: ['ORDER_PLACED'] })
    const rotated = await world
      .as('admin')
      .query(`mutation ($id: ID!) { webhookRotateSecret(input: { webhookId: $id }) { secret userErrors { code } } }`, {
        id,
      })
    const { secret: next } = dataOf(
      rotated,
      z.object({ webhookRotateSecret: z.object({ secret: z.string() }) }),
    ).webhookRotateSecret
    expect(next).not.toBe(secret)
    receiver.secrets = [secret, next]
    await place()
    await receiver.until(1)
    await world.client.webhook.update({
      where: { id: (await world.client.webhook.findFirstOrThrow({ orderBy: { createdAt: 'desc' } })).id },
      data: { previousUntil: new Date() },
    })
    receiver.secrets = [next]
    await place()
    const [, last] = await receiver.until(2)
    expect(String(last?.headers['webhook-signature']).split(' ')).toHaveLength(1)
  })
})

describe('the position of a message', () => {
  it('is safe to keep: `changes` from there has all that the receiver does not have', async () => {
    const receiver = await openReceiver()
    const { id } = await newWebhook(world, { url: receiver.url, topics: ['ORDER_PLACED'] })
    const refused = await place()
    const refusals = new Set<string>()
    receiver.respond = ({ body }, response) => {
      const isRefused = body.data?.subjectId === refused && !refusals.has('over')
      response.writeHead(isRefused ? 500 : 200).end()
    }
    const accepted = [await place(), await place()]
    await eventually(() => receiver.received.filter(({ body }) => body.data?.subjectId === accepted[1]).length).toBe(1)
    const kept = receiver.received.findLast(({ body }) => body.data?.subjectId === accepted[1])?.body.position
    const missed = await readChanges(world, 'admin', { after: kept ?? '', topics: ['ORDER_PLACED'] })
    expect(missed.events[0]?.subjectId).toBe(refused)
    refusals.add('over')
    await eventually(() => statesOf(id)).toEqual(['DELIVERED', 'DELIVERED', 'DELIVERED'])
    const last = receiver.received.at(-1)?.body.position ?? ''
    const behind = await readChanges(world, 'admin', { after: last, topics: ['ORDER_PLACED'] })
    expect(behind.events).toEqual([])
  })
})

describe('webhookReplay', () => {
  it('sends every event behind a position once more, oldest first and under the same ids', async () => {
    const receiver = await openReceiver()
    const topics = ['ORDER_PLACED', 'ORDER_CANCELLED']
    const { id } = await newWebhook(world, { url: receiver.url, topics, isOrdered: true })
    const { endPosition: allAfter } = await readChanges(world, 'admin', { after: 'now', first: 0 })
    await cancel(await place())
    const before = [...(await receiver.until(2))]
    await eventually(() => statesOf(id)).toEqual(['DELIVERED', 'DELIVERED'])
    expect(await changeWebhook(world, 'webhookReplay', { webhookId: id, allAfter })).toEqual([])
    const again = (await receiver.until(4)).slice(2)
    expect(again.map(({ body }) => body.type)).toEqual(['order.placed', 'order.cancelled'])
    expect(again.map((message) => message.id)).toEqual(before.map((message) => message.id))
  })

  it('of many events holds up no other webhook', async () => {
    const [behind, other] = [await openReceiver(), await openReceiver()]
    const { id } = await newWebhook(world, { url: behind.url, topics: ['ORDER_CANCELLED'] })
    const { endPosition: allAfter } = await readChanges(world, 'admin', { after: 'now', first: 0 })
    await writeEvents({ events: 10_000, objects: 10_000 })
    await world.feed.caughtUp()
    const taken = async () =>
      (await world.client.webhook.findUniqueOrThrow({ where: { id: decodeId('Webhook', id) } })).position
    await eventually(taken).toBeGreaterThanOrEqual(BigInt(world.feed.bounds.last))
    await newWebhook(world, { url: other.url, topics: ['ORDER_PLACED'] })
    expect(await changeWebhook(world, 'webhookReplay', { webhookId: id, allAfter })).toEqual([])
    await place()
    await other.until(1)
    expect(await taken()).toBeLessThan(BigInt(world.feed.bounds.last) - 1000n)
  })

  it('sends nothing that was delivered, unless it is told to', async () => {
    const receiver = await openReceiver()
    const { id } = await newWebhook(world, { url: receiver.url, topics: ['ORDER_PLACED'] })
    await place()
    await receiver.until(1)
    await eventually(() => statesOf(id)).toEqual(['DELIVERED'])
    expect(await changeWebhook(world, 'webhookReplay', { webhookId: id })).toEqual([])
    await place()
    await receiver.until(2)
    await eventually(() => statesOf(id)).toEqual(['DELIVERED', 'DELIVERED'])
    expect(new Set(receiver.received.map((message) => message.id)).size).toBe(2)
  })
})

describe('two servers', () => {
  it('send each event once', async () => {
    const receiver = await openReceiver()
    await newWebhook(world, { url: receiver.url, topics: ['ORDER_PLACED'] })
    const replica = await world.openReplica()
    const orders = await Promise.all(
      Array.from({ length: 20 }, (_, index) => placeOrder(index % 2 ? replica : world, 'customer ALFKI')),
    )
    await receiver.until(20)
    await replica.close()
    const [last] = [await place()]
    await receiver.until(21)
    expect(receiver.received.map(({ body }) => body.data?.subjectId).sort()).toEqual([...orders, last].sort())
  })
})

describe('an address', () => {
  it('that is not public is refused where a name leads to it only later', async () => {
    const strict = await createWorld({ env: { ...hasty, WEBHOOK_NETWORKS: '192.0.2.1' } })
    onTestFinished(() => strict.close())
    const receiver = await openReceiver()
    const { id } = await newWebhook(strict, { url: 'http://192.0.2.1/', topics: ['ORDER_PLACED'] })
    // As if the name server had answered otherwise when the webhook was made.
    await strict.client.webhook.updateMany({ data: { url: receiver.url.replace('127.0.0.1', 'localhost') } })
    await placeOrder(strict, 'customer ALFKI')
    await eventually(async () => (await deliveriesOf(strict, id))[0]?.attempts.at(-1)).toMatchObject({
      status: null,
      outcome: 'ADDRESS_REFUSED',
    })
    expect(receiver.received).toEqual([])
  })
})
