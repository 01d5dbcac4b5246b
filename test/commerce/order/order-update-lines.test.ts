import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demoId } from '../../../prisma/demo/ids.ts'
import { encodeId, parseId } from '../../../src/platform/graphql/ids.ts'
import { createWorld, type World } from '../../support/world.ts'
import { eventsOf, lastEvent } from '../support/ledger.ts'
import {
  done,
  expectReplay,
  newOrder,
  orderOf,
  owner,
  payloadOf,
  placed,
  refusals,
  stockOf,
} from '../support/orders.ts'
import { insertProduct } from '../support/product.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const mutation = 'orderUpdateLines'

const newProduct = async (changes: Parameters<typeof insertProduct>[2] = {}) => {
  return encodeId('Product', (await insertProduct(world, `U-${randomUUID()}`, changes)).id)
}
const changeProduct = (
  productId: string,
  data: { unitPriceMinor?: bigint; currency?: string; discontinued?: boolean },
) => world.client.product.update({ where: { id: parseId('Product', productId) ?? '' }, data })

describe('orderUpdateLines', () => {
  it('replaces the lines: a remaining product keeps its line, price and discount, a new one has today’s price', async () => {
    const { id, lines, products } = await newOrder(world)
    const [kept = '', dropped = ''] = products
    await changeProduct(kept, { unitPriceMinor: 1999n, currency: 'EUR' })
    await world.client.orderLine.update({
      where: { id: parseId('OrderLine', lines[0] ?? '') ?? '' },
      data: { discountBp: 1500 },
    })
    const added = await newProduct({ unitPriceMinor: 333n })
    const wanted = [
      { productId: added, quantity: 2 },
      { productId: kept, quantity: 7 },
    ]

    const { order } = await done(world, owner, mutation, { orderId: id, version: 1, lines: wanted })

    expect(order).toEqual({ id, status: 'PLACED', version: 2 })
    const updated = await orderOf(world, id)
    expect(updated.lines).toMatchObject([
      { position: 1, quantity: 2, unitPrice: '3.33', discount: '0', product: { id: added } },
      { id: lines[0], position: 2, quantity: 7, unitPrice: '10.00', discount: '0.15', product: { id: kept } },
    ])
    // 2 × 3.33 and 7 × 10.00 less 15 %.
    expect([updated.total, updated.grandTotal]).toEqual(['66.16', '66.16'])
    expect(await stockOf(world, [kept, dropped, added])).toEqual(['100 - 7 = 93', '100 - 0 = 100', '100 - 2 = 98'])
  })

  it('emits events of the lines, the total and the stock', async () => {
    const { id, products } = await newOrder(world)
    const [more = '', less = ''] = products
    const wanted = [
      { productId: more, quantity: 6 },
      { productId: less, quantity: 1 },
    ]
    await done(world, owner, mutation, { orderId: id, version: 1, lines: wanted })

    const { number } = await orderOf(world, id)
    expect(await lastEvent(world, id)).toEqual({
      topic: 'order.lines_updated',
      ownerId: demoId('customer', 'ALFKI'),
      actorKind: 'customer',
      payload: { orderId: id, number, total: '62.50', currency: 'USD', lines: wanted },
    })
    const lastOf = async (productId: string) => (await eventsOf(world, 'Product', productId)).at(-1)?.payload
    expect(await lastOf(more)).toEqual({ productId: more, available: 94, onHand: 100, reserved: 6, reason: 'RESERVED' })
    expect(await lastOf(less)).toEqual({ productId: less, available: 99, onHand: 100, reserved: 1, reason: 'RELEASED' })
  })

  it('does not change the stock of a product whose quantity stays', async () => {
    const { id, products } = await newOrder(world)
    const [first = '', second = ''] = products
    const wanted = [
      { productId: second, quantity: 3 },
      { productId: first, quantity: 5 },
    ]
    await done(world, 'admin', mutation, { orderId: id, version: 1, lines: wanted })

    expect((await orderOf(world, id)).lines.map(({ product }) => product.id)).toEqual([second, first])
    expect(await eventsOf(world, 'Product', first)).toHaveLength(1)
    expect(await eventsOf(world, 'Product', second)).toHaveLength(1)
  })

  it('may use what the order itself has reserved, and no unit more than is available besides', async () => {
    const { id, products } = await newOrder(world, [5])
    const [productId = ''] = products
    await placed(world, [{ productId, quantity: 90 }])
    const input = { orderId: id, version: 1 }

    const tooMany = await payloadOf(world, owner, mutation, { ...input, lines: [{ productId, quantity: 11 }] })
    expect(tooMany.userErrors).toMatchObject([{ code: 'INSUFFICIENT_STOCK', message: /10 are available/ }])
    await done(world, owner, mutation, { ...input, lines: [{ productId, quantity: 10 }] })
    expect(await stockOf(world, products)).toEqual(['100 - 100 = 0'])
  })

  it('keeps a discontinued product, or less of it, but adds no units', async () => {
    const { id, products } = await newOrder(world, [5])
    const [productId = ''] = products
    await changeProduct(productId, { discontinued: true })
    const lines = (quantity: number) => ({ orderId: id, version: 1, lines: [{ productId, quantity }] })

    expect(await refusals(world, owner, mutation, lines(6))).toEqual([
      ['PRODUCT_DISCONTINUED', 'input.lines.0.productId'],
    ])
    await done(world, owner, mutation, lines(4))
    expect(await stockOf(world, products)).toEqual(['100 - 4 = 96'])
  })

  it('allows payment of the new total, and cancellation with the new stock', async () => {
    const { id, products } = await newOrder(world)
    const [productId = ''] = products
    await done(world, owner, mutation, { orderId: id, version: 1, lines: [{ productId, quantity: 2 }] })
    const payment = { orderId: id, amount: '20', currency: 'USD', method: 'CASH', idempotencyKey: randomUUID() }
    await done(world, 'admin', 'paymentRecord', payment)
    await done(world, owner, 'orderCancel', { orderId: id })

    expect(await orderOf(world, id)).toMatchObject({ amountRefunded: '20.00', balance: '0.00' })
    expect(await stockOf(world, products)).toEqual(['100 - 0 = 100', '100 - 0 = 100'])
  })

  it('runs as many statements for eight lines as for two', async () => {
    const counts = []
    for (const count of [2, 8]) {
      const { id } = await newOrder(
        world,
        Array.from({ length: count }, () => 2),
      )
      const fresh = await Promise.all(Array.from({ length: count / 2 }, () => newProduct()))
      const { lines } = await orderOf(world, id)
      const kept = lines.slice(0, count / 2).map(({ product }) => product.id)
      const wanted = [...kept, ...fresh].map((productId) => ({ productId, quantity: 3 }))
      const call = () => done(world, owner, mutation, { orderId: id, version: 1, lines: wanted })
      counts.push((await world.statementsOf(call)).length)
    }
    expect(counts[1]).toBe(counts[0])
  })

  it('with a used key returns the same, although the version is old by then', async () => {
    const { id, products } = await newOrder(world)
    const lines = [{ productId: products[0], quantity: 1 }]
    await expectReplay(world, owner, mutation, { orderId: id, version: 1, lines })
  })
})

describe('orderUpdateLines from an old version', () => {
  it('is a conflict that shows the current order', async () => {
    const { id, products } = await newOrder(world)
    const input = { orderId: id, version: 1, lines: [{ productId: products[0], quantity: 1 }] }
    await done(world, 'admin', mutation, input)

    const { order, userErrors } = await payloadOf(world, owner, mutation, input)

    expect(userErrors).toMatchObject([{ code: 'CONFLICT', path: ['input', 'version'] }])
    expect(order).toEqual({ id, status: 'PLACED', version: 2 })
  })

  it('is the outcome of the second of two concurrent updates', async () => {
    const { id, products } = await newOrder(world)
    const quantities = [1, 2]
    const payloads = await Promise.all(
      quantities.map((quantity) => {
        return payloadOf(world, owner, mutation, {
          orderId: id,
          version: 1,
          lines: [{ productId: products[0], quantity }],
        })
      }),
    )

    const won = payloads.findIndex(({ userErrors }) => userErrors.length === 0)
    expect(payloads.flatMap(({ userErrors }) => userErrors.map(({ code }) => code))).toEqual(['CONFLICT'])
    expect((await orderOf(world, id)).lines.map(({ quantity }) => quantity)).toEqual([quantities[won]])
  })
})
