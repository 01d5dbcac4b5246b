import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { demoId } from '../../../prisma/demo/ids.ts'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { createWorld, type World } from '../../support/world.ts'
import { eventsOf } from '../support/ledger.ts'
import { done, orderOf, otherCarrierId, owner, placed, stockOf } from '../support/orders.ts'
import { insertProduct } from '../support/product.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

it('an order goes from placing to its last refund, with right figures at every step', async () => {
  const [tea, cup, pot] = await Promise.all([product('TEA', 1000n), product('CUP', 250n), product('POT', 1250n)])
  const id = await placed(world, [line(tea, 5), line(cup, 3)])
  const figures = async () => ({ ...(await moneyOf(id)), stock: await stockOf(world, [tea, cup, pot]) })
  const act = async (viewer: string, mutation: string, input: object) => {
    await done(world, viewer, mutation, { orderId: id, idempotencyKey: randomUUID(), ...input })
    return figures()
  }
  const unpaid = { paid: '0.00', refunded: '0.00', balance: '0.00', invoice: null, creditNotes: [] }
  expect(await figures()).toEqual({
    ...{ status: 'PLACED', version: 1, total: '57.50', ...unpaid, units: ['5 0 0', '3 0 0'] },
    stock: ['100 - 5 = 95', '100 - 3 = 97', '100 - 0 = 100'],
  })

  expect(await act(owner, 'orderUpdateLines', { version: 1, lines: [line(tea, 4), line(pot, 2)] })).toEqual({
    ...{ status: 'PLACED', version: 2, total: '65.00', ...unpaid, units: ['4 0 0', '2 0 0'] },
    stock: ['100 - 4 = 96', '100 - 0 = 100', '100 - 2 = 98'],
  })

  const paid = { total: '65.00', paid: '65.00' }
  const kept = { ...paid, refunded: '0.00', balance: '65.00', invoice: '65.00 65.00', creditNotes: [] }
  const payment = { amount: '65.00', currency: 'USD', method: 'BANK_TRANSFER' }
  expect(await act('admin', 'paymentRecord', payment)).toEqual({
    ...{ status: 'PAID', version: 3, ...kept, units: ['4 0 0', '2 0 0'] },
    stock: ['100 - 4 = 96', '100 - 0 = 100', '100 - 2 = 98'],
  })

  const [teaLine, potLine] = (await orderOf(world, id)).lines.map((found) => found.id)
  const units = (orderLineId: string | undefined, quantity: number) => ({ orderLineId, quantity })
  const part = { lines: [units(teaLine, 3)], carrierId: otherCarrierId, trackingNumber: 'T-1' }
  expect(await act('admin', 'orderShip', part)).toEqual({
    ...{ status: 'PARTIALLY_SHIPPED', version: 4, ...kept, units: ['4 3 0', '2 0 0'] },
    stock: ['97 - 1 = 96', '100 - 0 = 100', '100 - 2 = 98'],
  })

  expect(await act('admin', 'orderShip', {})).toEqual({
    ...{ status: 'SHIPPED', version: 5, ...kept, units: ['4 4 0', '2 2 0'] },
    stock: ['96 - 0 = 96', '100 - 0 = 100', '98 - 0 = 98'],
  })

  expect(await act(owner, 'orderConfirmDelivery', {})).toEqual({
    ...{ status: 'DELIVERED', version: 6, ...kept, units: ['4 4 0', '2 2 0'] },
    stock: ['96 - 0 = 96', '100 - 0 = 100', '98 - 0 = 98'],
  })

  expect(await act('admin', 'orderReturn', { lines: [units(teaLine, 2)], restock: true })).toEqual({
    ...{ status: 'PARTIALLY_RETURNED', version: 7, ...kept, units: ['4 4 2', '2 2 0'] },
    stock: ['98 - 0 = 98', '100 - 0 = 100', '98 - 0 = 98'],
  })

  const some = { ...paid, refunded: '20.00', balance: '45.00', invoice: '65.00 45.00', creditNotes: ['20.00'] }
  expect(await act('admin', 'paymentRefund', { amount: '20', currency: 'USD' })).toEqual({
    ...{ status: 'PARTIALLY_RETURNED', version: 8, ...some, units: ['4 4 2', '2 2 0'] },
    stock: ['98 - 0 = 98', '100 - 0 = 100', '98 - 0 = 98'],
  })

  expect(await act(owner, 'orderReturn', { lines: [units(potLine, 2), units(teaLine, 2)], restock: false })).toEqual({
    ...{ status: 'RETURNED', version: 9, ...some, units: ['4 4 4', '2 2 2'] },
    stock: ['98 - 0 = 98', '100 - 0 = 100', '98 - 0 = 98'],
  })

  const all = { ...paid, refunded: '65.00', balance: '0.00', invoice: '65.00 0.00', creditNotes: ['20.00', '45.00'] }
  expect(await act('admin', 'paymentRefund', { amount: '45', currency: 'USD' })).toEqual({
    ...{ status: 'RETURNED', version: 10, ...all, units: ['4 4 4', '2 2 2'] },
    stock: ['98 - 0 = 98', '100 - 0 = 100', '98 - 0 = 98'],
  })

  await expectEvents(id)
  expect(await stockEventsOf(tea)).toEqual([
    'RESERVED 100 5',
    'RELEASED 100 4',
    'SHIPPED 97 1',
    'SHIPPED 96 0',
    'RETURNED 98 0',
  ])
  expect(await stockEventsOf(cup)).toEqual(['RESERVED 100 3', 'RELEASED 100 0'])
  expect(await stockEventsOf(pot)).toEqual(['RESERVED 100 2', 'SHIPPED 98 0'])
})

async function product(sku: string, unitPriceMinor: bigint): Promise<string> {
  return encodeId('Product', (await insertProduct(world, sku, { unitPriceMinor })).id)
}

function line(productId: string, quantity: number) {
  return { productId, quantity }
}

async function moneyOf(id: string) {
  const order = await orderOf(world, id)
  return {
    status: order.status,
    version: order.version,
    total: order.total,
    paid: order.amountPaid,
    refunded: order.amountRefunded,
    balance: order.balance,
    invoice: order.invoice && `${order.invoice.amount} ${order.invoice.balance}`,
    creditNotes: order.creditNotes.map(({ amount }) => amount),
    /** Ordered, shipped, returned. */
    units: order.lines.map(({ quantity, shipped, returned }) => `${quantity} ${shipped} ${returned}`),
  }
}

const told = [
  'customer order.placed',
  'customer order.lines_updated',
  'staff payment.recorded',
  'staff invoice.issued',
  'staff order.shipped',
  'staff order.shipped',
  'customer order.delivered',
  'staff order.returned',
  'staff payment.refunded',
  'staff credit_note.issued',
  'customer order.returned',
  'staff payment.refunded',
  'staff credit_note.issued',
]

/** The same in the order's timeline, in sequence, and in the outbox. */
async function expectEvents(id: string): Promise<void> {
  const { timeline } = await orderOf(world, id)
  expect(timeline.map(({ actorKind, topic }) => `${actorKind} ${topic}`)).toEqual(told)
  expect(timeline.map(({ sequence }) => sequence)).toEqual(told.map((_topic, index) => index + 1))

  const events = await eventsOf(world, 'Order', id)
  expect(events.map(({ actorKind, topic }) => `${actorKind} ${topic}`)).toEqual(told)
  expect(new Set(events.map(({ ownerId }) => ownerId))).toEqual(new Set([demoId('customer', 'ALFKI')]))
  expect(timeline.map(({ details }) => JSON.parse(details))).toEqual(events.map(({ payload }) => payload))
  const words = JSON.stringify(events.map(({ payload }) => payload))
  expect(await physicalNamesIn(words)).toEqual([])
  expect(words).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/)
}

/** Names of tables, columns, keys and indexes with an underscore, which no ordinary word looks like. */
async function physicalNamesIn(text: string): Promise<string[]> {
  const names = z.array(z.object({ name: z.string() })).parse(
    await world.client.$queryRaw`
      select distinct name from (
        select column_name::text as name from information_schema.columns where table_schema in ('commerce', 'platform')
        union select relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('commerce', 'platform')) names
      where name like '%\\_%'`,
  )
  expect(names.length).toBeGreaterThan(100)
  return names.map(({ name }) => name).filter((name) => text.includes(name))
}

async function stockEventsOf(productId: string): Promise<string[]> {
  const events = await eventsOf(world, 'Product', productId)
  expect(new Set(events.map(({ topic }) => topic))).toEqual(new Set(['stock.changed']))
  return events.map(({ payload: { reason, onHand, reserved } }) => `${reason} ${onHand} ${reserved}`)
}
