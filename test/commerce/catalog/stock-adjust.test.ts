import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { encodeId, parseId } from '../../../src/platform/graphql/ids.ts'
import { codesOf, createWorld, dataOf, type World } from '../../support/world.ts'
import { ask, call, eventsAbout, masterData, unknownId } from '../support/master-data.ts'

const select = 'product { id available version stock { onHand reserved } }'
const created = z.object({ product: z.object({ id: z.string() }) })

let world: World
let parents: { supplierId: string; categoryId: string }
beforeAll(async () => {
  world = await createWorld()
  parents = {
    supplierId: encodeId('Supplier', (await world.client.supplier.findFirstOrThrow()).id),
    categoryId: encodeId('Category', (await world.client.category.findFirstOrThrow()).id),
  }
})
afterAll(() => world.close())

const adjust = (input: object) => call(world, 'admin', 'stockAdjust', { reason: 'COUNT', ...input }, select)

async function newProduct(sku: string, stockOnHand: number, reserved = 0): Promise<string> {
  const input = { sku, name: sku, unitPrice: { amount: '1', currency: 'USD' }, stockOnHand, ...parents }
  const { changed } = await call(world, 'admin', 'productCreate', input, 'product { id }')
  await world.client.product.update({ where: { sku }, data: { stockReserved: reserved } })
  return created.parse(changed).product.id
}

/** The stock on hand and the sum of the ledger, which must be equal. */
async function onHandOf(productId: string): Promise<number> {
  const id = parseId('Product', productId) ?? ''
  const { stockOnHand } = await world.client.product.findUniqueOrThrow({ where: { id } })
  const { _sum } = await world.client.stockMovement.aggregate({ where: { productId: id }, _sum: { quantity: true } })
  expect(_sum.quantity ?? 0).toBe(stockOnHand)
  return stockOnHand
}

describe('an adjustment of the stock', () => {
  it('is in the ledger, newest first, with an event; the version of the product stays', async () => {
    const productId = await newProduct('S-1', 10, 4)

    await adjust({ productId, quantity: 25, reason: 'DELIVERY', note: ' Note 7 ' })
    const { changed, refusals } = await adjust({ productId, quantity: -31, reason: 'DAMAGE' })

    expect(refusals).toEqual([])
    expect(changed).toEqual({ product: { id: productId, available: 0, version: 1, stock: { onHand: 4, reserved: 4 } } })
    expect(await onHandOf(productId)).toBe(4)
    const query = `{ product(sku: "S-1") { stockMovements { edges { node { quantity reason note } } } } }`
    expect(dataOf(await world.as('admin').query(query), z.unknown())).toEqual({
      product: {
        stockMovements: {
          edges: [
            { node: { quantity: -31, reason: 'DAMAGE', note: null } },
            { node: { quantity: 25, reason: 'DELIVERY', note: 'Note 7' } },
            { node: { quantity: 10, reason: 'OPENING', note: null } },
          ],
        },
      },
    })
    const events = await eventsAbout(world, 'Product', productId)
    expect(events.slice(2)).toEqual([
      {
        topic: 'stock.changed',
        ownerId: null,
        payload: { productId, available: 31, onHand: 35, reserved: 4, reason: 'DELIVERY' },
      },
      {
        topic: 'stock.changed',
        ownerId: null,
        payload: { productId, available: 0, onHand: 4, reserved: 4, reason: 'DAMAGE' },
      },
    ])
  })

  it('is done once for one idempotency key, and needs one', async () => {
    const productId = await newProduct('S-2', 10)
    const input = { productId, quantity: 5, idempotencyKey: 'once' }

    const results = [await adjust(input), await adjust(input)]

    expect(results.map(({ replayed }) => replayed)).toEqual([false, true])
    expect(await onHandOf(productId)).toBe(15)
    const without = { ...input, reason: 'COUNT', idempotencyKey: null }
    expect(codesOf(await ask(world, 'admin', 'stockAdjust', without, select))).toEqual(['IDEMPOTENCY_KEY_REQUIRED'])
  })

  it('adds up: twenty concurrent ones are all in the ledger and on hand', async () => {
    const productId = await newProduct('S-3', 100)
    const quantities = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? index + 2 : -index))

    const results = await Promise.all(quantities.map((quantity) => adjust({ productId, quantity })))

    expect(results.flatMap(({ refusals }) => refusals)).toEqual([])
    expect(await onHandOf(productId)).toBe(110)
    expect(await eventsAbout(world, 'Product', productId)).toHaveLength(22)
  })

  it('takes no reserved unit: of twenty concurrent ones, as many succeed as there are free units', async () => {
    const productId = await newProduct('S-4', 12, 5)

    const results = await Promise.all(Array.from({ length: 20 }, () => adjust({ productId, quantity: -1 })))

    const refused = results.flatMap(({ refusals }) => refusals)
    expect(refused).toEqual(Array.from({ length: 13 }, () => 'INSUFFICIENT_STOCK input.quantity'))
    expect(await onHandOf(productId)).toBe(5)
  })
})

describe('an adjustment of the stock that is refused', () => {
  it.each<[string, object, string]>([
    ['changes nothing', { quantity: 0 }, 'INVALID_QUANTITY input.quantity'],
    ['fills the warehouse beyond its bounds', { quantity: 2_147_483_647 }, 'INVALID_QUANTITY input.quantity'],
    ['takes more than there is', { quantity: -80 }, 'INSUFFICIENT_STOCK input.quantity'],
    ['takes what is reserved', { quantity: -40 }, 'INSUFFICIENT_STOCK input.quantity'],
    ['takes far more than there is', { quantity: -2_147_483_648 }, 'INSUFFICIENT_STOCK input.quantity'],
    ['is of no product', { quantity: 1, productId: unknownId('Product') }, 'PRODUCT_UNKNOWN input.productId'],
    ['has no id of a product', { quantity: 1, productId: 'NW-0001' }, 'PRODUCT_UNKNOWN input.productId'],
    ['has a long note', { quantity: 1, note: 'x'.repeat(501) }, 'TOO_LONG input.note'],
    ['has control characters', { quantity: 1, note: 'a\u0007b' }, 'INVALID_CHARACTER input.note'],
  ])('%s', async (_what, wrong, refusal) => {
    const { id } = await world.client.product.findUniqueOrThrow({ where: { sku: 'NW-0001' } })
    const before = await masterData(world)

    expect(await adjust({ productId: encodeId('Product', id), ...wrong })).toMatchObject({
      refusals: [refusal],
      changed: { product: null },
    })
    expect(await masterData(world)).toEqual(before)
  })

  it('names how many units can leave', async () => {
    const { userErrors } = await adjust({ productId: await newProduct('S-5', 12, 5), quantity: -8 })
    expect(userErrors.map(({ message }) => message)).toEqual(['Of S-5 7 can leave; orders wait for the rest.'])
  })

  it.each([
    ['anonymous', 'UNAUTHENTICATED'],
    ['support', 'FORBIDDEN'],
    ['customer ALFKI', 'FORBIDDEN'],
  ])('for %s', async (viewer, code) => {
    const input = { productId: unknownId('Product'), quantity: 1, reason: 'COUNT' }
    expect(codesOf(await ask(world, viewer, 'stockAdjust', input, select))).toEqual([code])
  })

  it('cannot have a reason that orders use', async () => {
    const input = { productId: unknownId('Product'), quantity: 1, reason: 'SHIPPED' }
    expect(codesOf(await ask(world, 'admin', 'stockAdjust', input, select))).toEqual(['BAD_USER_INPUT'])
  })
})
