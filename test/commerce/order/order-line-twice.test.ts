import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseId } from '../../../src/platform/graphql/ids.ts'
import { createWorld, type World } from '../../support/world.ts'
import { done, newOrder, orderOf, owner, pay, refusals, stockOf } from '../support/orders.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

/** An order as another system may have written it: 5 units of a product at 10.00, and 3 more of it at 8.00. */
async function imported() {
  const { id, products } = await newOrder(world, [5])
  const [publicId = ''] = products
  const productId = parseId('Product', publicId) ?? ''
  const orderId = parseId('Order', id) ?? ''
  await world.client.orderLine.create({ data: { orderId, productId, position: 2, quantity: 3, unitPriceMinor: 800n } })
  await world.client.order.update({ where: { id: orderId }, data: { totalMinor: 7400n } })
  await world.client.product.update({ where: { id: productId }, data: { stockReserved: 8 } })
  return { id, productId: publicId }
}

describe('an order with two lines of one product', () => {
  it('releases the units of both at cancellation', async () => {
    const { id, productId } = await imported()
    await done(world, owner, 'orderCancel', { orderId: id })
    expect(await stockOf(world, [productId])).toEqual(['100 - 0 = 100'])
  })

  it('takes the units of both from the stock at shipping, and puts them back at a return', async () => {
    const { id, productId } = await imported()
    await pay(world, id)
    await done(world, 'admin', 'orderShip', { orderId: id })
    expect(await stockOf(world, [productId])).toEqual(['92 - 0 = 92'])

    const lines = (await orderOf(world, id)).lines.map((line) => ({ orderLineId: line.id, quantity: line.quantity }))
    await done(world, 'admin', 'orderReturn', { orderId: id, lines, restock: true })
    expect(await stockOf(world, [productId])).toEqual(['100 - 0 = 100'])
  })

  it('keeps the first of them when its lines are replaced', async () => {
    const { id, productId } = await imported()
    const input = (quantity: number) => ({ orderId: id, version: 1, lines: [{ productId, quantity }] })
    const refused = await refusals(world, owner, 'orderUpdateLines', input(101))
    expect(refused).toEqual([['INSUFFICIENT_STOCK', 'input.lines.0.quantity']])

    await done(world, owner, 'orderUpdateLines', input(100))

    expect((await orderOf(world, id)).lines).toMatchObject([{ position: 1, quantity: 100, unitPrice: '10.00' }])
    expect(await stockOf(world, [productId])).toEqual(['100 - 100 = 0'])
  })
})
