import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWorld, type World } from '../../support/world.ts'
import { lineOf, place, reservedOf, shipTo } from '../support/order-place.ts'
import { insertProduct } from '../support/product.ts'

// The outcome counts, and not the time, so a busy machine may take as long as it needs.
const patiently = { timeout: 120_000 }

let world: World
beforeAll(async () => {
  world = await createWorld({ env: { DATABASE_POOL_WAIT_MS: '30000', DATABASE_STATEMENT_TIMEOUT_MS: '30000' } })
})
afterAll(() => world.close())

describe('a hundred orders at once for the last ten units', patiently, () => {
  it('sell exactly ten: ten orders are placed, ninety get INSUFFICIENT_STOCK', async () => {
    const { id } = await insertProduct(world, 'LAST-TEN', { stockOnHand: 15, stockReserved: 5 })
    const before = await world.client.order.count()
    const input = { lines: [await lineOf(world, 'LAST-TEN')], shipTo }

    const results = await Promise.all(Array.from({ length: 100 }, () => place(world.as('customer ALFKI'), input)))

    const placed = results.flatMap(({ order }) => order ?? [])
    const refused = results.filter(({ order }) => order === null).map(({ refusals }) => refusals)
    expect(new Set(placed.map(({ number }) => number)).size).toBe(10)
    expect(refused).toEqual(Array.from({ length: 90 }, () => ['INSUFFICIENT_STOCK input.lines.0.quantity']))
    expect(await reservedOf(world, 'LAST-TEN')).toBe(15)
    expect(await world.client.orderLine.aggregate({ where: { productId: id }, _sum: { quantity: true } })).toEqual({
      _sum: { quantity: 10 },
    })
    expect(await world.client.order.count()).toBe(before + 10)
  })
})

describe('orders at once for the same two products in opposite order', patiently, () => {
  it('are all placed, fifty each way, without a deadlock', async () => {
    await insertProduct(world, 'ONE', { stockOnHand: 1000 })
    await insertProduct(world, 'TWO', { stockOnHand: 1000 })
    const lines = [await lineOf(world, 'ONE', 2), await lineOf(world, 'TWO', 3)]

    const results = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        place(world.as('customer ALFKI'), { lines: index % 2 === 0 ? lines : lines.toReversed(), shipTo }),
      ),
    )

    expect(results.flatMap(({ refusals }) => refusals)).toEqual([])
    expect(new Set(results.map(({ order }) => order?.number)).size).toBe(100)
    expect([await reservedOf(world, 'ONE'), await reservedOf(world, 'TWO')]).toEqual([200, 300])
  })
})

describe('concurrent orders, some of them impossible', patiently, () => {
  it('reserve nothing for refused orders, and everything for the others', async () => {
    await insertProduct(world, 'PLENTY', { stockOnHand: 1000 })
    await insertProduct(world, 'SCARCE', { stockOnHand: 7 })
    const lines = [await lineOf(world, 'PLENTY', 10), await lineOf(world, 'SCARCE', 2)]

    const results = await Promise.all(
      Array.from({ length: 20 }, () => place(world.as('customer ALFKI'), { lines, shipTo })),
    )

    expect(results.filter(({ order }) => order !== null)).toHaveLength(3)
    expect(new Set(results.flatMap(({ refusals }) => refusals))).toEqual(
      new Set(['INSUFFICIENT_STOCK input.lines.1.quantity']),
    )
    expect([await reservedOf(world, 'PLENTY'), await reservedOf(world, 'SCARCE')]).toEqual([30, 6])
  })
})
