import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { createWorld, type World } from '../../support/world.ts'
import { denials, newOrder, orderIn, orderOf, owner, refusals, stranger } from '../support/orders.ts'
import { insertProduct } from '../support/product.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const mutation = 'orderUpdateLines'

const newProduct = async (changes: Parameters<typeof insertProduct>[2] = {}) => {
  return encodeId('Product', (await insertProduct(world, `R-${randomUUID()}`, changes)).id)
}

it.each(['PAID', 'PARTIALLY_SHIPPED', 'SHIPPED', 'DELIVERED', 'PARTIALLY_RETURNED', 'RETURNED', 'CANCELLED'])(
  'orderUpdateLines is refused for an order that is %s, whatever the version',
  async (status) => {
    const { id, products } = await orderIn(world, status)
    const { version } = await orderOf(world, id)
    const lines = [{ productId: products[0], quantity: 1 }]
    const transition = [['INVALID_TRANSITION', 'input.orderId']]
    expect(await refusals(world, owner, mutation, { orderId: id, version, lines })).toEqual(transition)
    expect(await refusals(world, owner, mutation, { orderId: id, version: 0, lines })).toEqual(transition)
  },
)

it('orderUpdateLines is refused for invalid lines, before the order is read', async () => {
  const { products } = await newOrder(world)
  const [first, second] = products
  const refused = (lines: object[]) =>
    refusals(world, owner, mutation, { orderId: encodeId('Order', randomUUID()), version: 1, lines })

  expect(await refused([])).toEqual([['EMPTY_ORDER', 'input.lines']])
  expect(await refused(Array.from({ length: 101 }, () => ({ productId: first, quantity: 1 })))).toEqual([
    ['TOO_MANY_LINES', 'input.lines'],
  ])
  expect(
    await refused([
      { productId: first, quantity: 0 },
      { productId: second, quantity: 10_001 },
      { productId: first, quantity: 1 },
      { productId: 'x', quantity: 1 },
    ]),
  ).toEqual([
    ['INVALID_QUANTITY', 'input.lines.0.quantity'],
    ['INVALID_QUANTITY', 'input.lines.1.quantity'],
    ['DUPLICATE_PRODUCT', 'input.lines.2.productId'],
    ['PRODUCT_UNKNOWN', 'input.lines.3.productId'],
  ])
})

it('orderUpdateLines is refused for products that cannot be delivered, all at once', async () => {
  const { id, products } = await newOrder(world)
  const wanted = [
    [products[0], 101],
    [encodeId('Product', randomUUID()), 1],
    [await newProduct({ discontinued: true }), 1],
    [await newProduct({ currency: 'EUR' }), 1],
    [await newProduct({ stockOnHand: 4, stockReserved: 2 }), 3],
    [products[1], 1],
  ]
  const lines = wanted.map(([productId, quantity]) => ({ productId, quantity }))

  expect(await refusals(world, owner, mutation, { orderId: id, version: 1, lines })).toEqual([
    ['INSUFFICIENT_STOCK', 'input.lines.0.quantity'],
    ['PRODUCT_UNKNOWN', 'input.lines.1.productId'],
    ['PRODUCT_DISCONTINUED', 'input.lines.2.productId'],
    ['CURRENCY_MISMATCH', 'input.lines.3.productId'],
    ['INSUFFICIENT_STOCK', 'input.lines.4.quantity'],
  ])
})

it('orderUpdateLines does not change an order’s currency, even with all its lines', async () => {
  const { id } = await newOrder(world)
  const lines = [{ productId: await newProduct({ currency: 'EUR' }), quantity: 1 }]
  const refused = await refusals(world, owner, mutation, { orderId: id, version: 1, lines })
  expect(refused).toEqual([['CURRENCY_MISMATCH', 'input.lines.0.productId']])
})

it('orderUpdateLines is refused where the total would exceed the limit', async () => {
  const { id } = await newOrder(world)
  const lines = [{ productId: await newProduct({ unitPriceMinor: 999_999_999_999_999n }), quantity: 2 }]
  expect(await refusals(world, owner, mutation, { orderId: id, version: 1, lines })).toEqual([
    ['TOTAL_TOO_LARGE', 'input.lines'],
  ])
})

it('orderUpdateLines is refused for an old version, and changes nothing', async () => {
  const { id, products } = await newOrder(world)
  const input = { orderId: id, version: 0, lines: [{ productId: products[0], quantity: 1 }] }
  expect(await refusals(world, owner, mutation, input)).toEqual([['CONFLICT', 'input.version']])
})

it('orderUpdateLines is refused for an order that is unknown, or another customer’s', async () => {
  const { id, products } = await newOrder(world)
  const input = { orderId: id, version: 1, lines: [{ productId: products[0], quantity: 1 }] }
  const unknown = [['ORDER_UNKNOWN', 'input.orderId']]
  expect(await refusals(world, stranger, mutation, input)).toEqual(unknown)
  expect(await refusals(world, 'admin', mutation, { ...input, orderId: encodeId('Order', randomUUID()) })).toEqual(
    unknown,
  )
})

it.each([
  ['support', 'FORBIDDEN'],
  ['anonymous', 'UNAUTHENTICATED'],
])('orderUpdateLines is refused for %s: %s', async (viewer, code) => {
  const { id, products } = await newOrder(world)
  const input = { orderId: id, version: 1, lines: [{ productId: products[0], quantity: 1 }] }
  expect(await denials(world, viewer, mutation, input)).toEqual([code])
})
