import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { generateOrders } from '../../prisma/load-test/generate.ts'
import { createWorld, type World } from '../support/world.ts'
import { everything } from './support/everything.ts'
import { minorOf, sum } from './support/northwind-files.ts'
import { lineOf, place, shipTo } from './support/order-place.ts'
import { walk } from './support/walk.ts'

const target = 200

// Makes and fills several databases one after the other.
const patiently = { timeout: 120_000 }

const money = z.object({ amount: z.string().transform(minorOf) }).transform(({ amount }) => amount)
const orderShape = z.object({
  number: z.int(),
  status: z.string(),
  placedAt: z.coerce.date(),
  shippedAt: z.coerce.date().nullable(),
  subtotal: money,
  discount: money,
  total: money,
  grandTotal: money,
  customer: z.object({ createdAt: z.coerce.date() }),
  lines: z.array(z.object({ id: z.string(), quantity: z.int(), total: money, product: z.object({ sku: z.string() }) })),
  shipments: z.array(
    z.object({ lines: z.array(z.object({ quantity: z.int(), orderLine: z.object({ id: z.string() }) })) }),
  ),
  payments: z.array(z.object({ amount: money })),
  invoice: z.object({ amount: money }).nullable(),
})
const select = `number status placedAt shippedAt subtotal { amount } discount { amount } total { amount } grandTotal { amount }
  customer { createdAt } lines { id quantity total { amount } product { sku } }
  shipments { lines { quantity orderLine { id } } } payments { amount { amount } } invoice { amount { amount } }`
const productShape = z.object({ sku: z.string(), available: z.int(), stock: z.object({ reserved: z.int() }) })

const isOpen = ({ status }: { status: string }) => status === 'PLACED' || status === 'PAID'
const isShipped = ({ status }: { status: string }) => status === 'SHIPPED' || status === 'DELIVERED'

/** The world with all of them, made in one run. */
let world: World
let progress: Awaited<ReturnType<typeof generateOrders>>
beforeAll(async () => {
  world = await createWorld({ data: 'empty' })
  progress = await generateOrders(world.databaseUrl, target)
})
afterAll(() => world.close())

describe('generated orders', () => {
  let orders: z.infer<typeof orderShape>[]
  beforeAll(async () => {
    orders = await walk(world.as('admin'), { field: 'orders', select, node: orderShape, first: 40 })
  })

  it('have the requested number, and the run reports it', () => {
    const lines = orders.reduce((count, order) => count + order.lines.length, 0)

    expect(orders).toHaveLength(target)
    expect(progress).toEqual({ orders: target, target, written: { orders: target, lines } })
  })

  it('have every state of an order without manual action', () => {
    expect(new Set(orders.map(({ status }) => status))).toEqual(
      new Set(['PLACED', 'PAID', 'SHIPPED', 'DELIVERED', 'CANCELLED']),
    )
  })

  it('have the sum of their line totals as total, and the subtotal less the discounts', () => {
    const wrong = orders.filter(
      ({ lines, subtotal, discount, total }) =>
        total !== sum(lines.map((line) => line.total)) || subtotal - discount !== total || discount < 0n,
    )
    expect(wrong).toEqual([])
    expect(sum(orders.map(({ discount }) => discount))).toBeGreaterThan(0n)
  })

  it('reserve the units of open orders, and nothing else is reserved', async () => {
    const products = await walk(world.as('admin'), {
      field: 'products',
      select: 'sku available stock { reserved }',
      node: productShape,
    })
    const held = new Map<string, number>()
    for (const { product, quantity } of orders.filter(isOpen).flatMap(({ lines }) => lines)) {
      held.set(product.sku, (held.get(product.sku) ?? 0) + quantity)
    }

    expect(held.size).toBeGreaterThan(20)
    expect(products.map(({ sku, stock }) => [sku, stock.reserved])).toEqual(
      products.map(({ sku }) => [sku, held.get(sku) ?? 0]),
    )
    expect(products.filter(({ available }) => available < 0)).toEqual([])
  })

  it('are paid and invoiced in full from PAID on, and not before', () => {
    const amounts = orders.map(({ number, payments, invoice }) => [
      number,
      payments.map(({ amount }) => amount),
      invoice?.amount,
    ])
    const expected = orders.map((order) => {
      const settled = order.status === 'PAID' || isShipped(order)
      return [order.number, settled ? [order.grandTotal] : [], settled ? order.grandTotal : undefined]
    })
    expect(amounts).toEqual(expected)
  })

  it('are shipped completely, or not at all', () => {
    const sent = orders.map(({ number, shipments }) => [
      number,
      shipments.flatMap(({ lines }) => lines.map(({ orderLine, quantity }) => [orderLine.id, quantity])),
    ])
    const expected = orders.map((order) => [
      order.number,
      isShipped(order) ? order.lines.map(({ id, quantity }) => [id, quantity]) : [],
    ])

    expect(sent).toEqual(expected)
    expect(orders.filter((order) => isShipped(order) !== (order.shippedAt !== null))).toEqual([])
  })

  it('belong to customers that existed, and are shipped after they are placed', () => {
    const early = orders.filter(({ placedAt, customer }) => placedAt < customer.createdAt)
    const hasty = orders.filter(({ placedAt, shippedAt }) => shippedAt !== null && shippedAt < placedAt)
    expect([early, hasty]).toEqual([[], []])
  })
})

describe('generating orders', patiently, () => {
  it('makes the same rows every time, in one run or in several', async () => {
    await using inSeveral = await createWorld({ data: 'empty' })
    for (const some of [1, 80, target]) await generateOrders(inSeveral.databaseUrl, some)

    const rows = await everything(world)
    expect(rows.orders).toHaveLength(target)
    expect(await everything(inSeveral)).toEqual(rows)
  })

  it('does nothing where there are enough orders', async () => {
    const rows = await everything(world)

    for (const some of [target, 5]) {
      const { orders, written } = await generateOrders(world.databaseUrl, some)
      expect([orders, written]).toEqual([target, { orders: 0, lines: 0 }])
    }
    expect(await everything(world)).toEqual(rows)
  })

  it('makes orders once for two concurrent runs: the second waits for the first', async () => {
    await using world = await createWorld({ data: 'empty' })
    let waited = 0
    const run = () => generateOrders(world.databaseUrl, target, { onWait: () => void waited++ })

    const runs = await Promise.all([run(), run()])

    expect(runs.map(({ written }) => written.orders).toSorted()).toEqual([0, target])
    expect(waited).toBe(1)
    expect(await world.client.order.count()).toBe(target)
  })

  it('stops where it is stopped, and continues from there', async () => {
    await using world = await createWorld({ data: 'empty' })
    const stopped = await generateOrders(world.databaseUrl, target, { signal: AbortSignal.abort() })
    expect([stopped.orders, await world.client.order.count()]).toEqual([0, 0])

    expect((await generateOrders(world.databaseUrl, target)).written.orders).toBe(target)
  })

  it('keeps the demo data, and the next placed order has a new number', async () => {
    await using world = await createWorld()
    const before = await everything(world)

    await generateOrders(world.databaseUrl, 50)
    const { order } = await place(world.as('customer ALFKI'), { lines: [await lineOf(world, 'NW-0003')], shipTo })
    await generateOrders(world.databaseUrl, 60)

    const after = await everything(world)
    expect(after.orders).toHaveLength(830 + 60 + 1)
    const old = new Set(before.orders)
    expect(after.orders.filter((order) => old.has(order))).toEqual(before.orders)
    expect(order?.number).toBe(100_000_001)
  })
})
