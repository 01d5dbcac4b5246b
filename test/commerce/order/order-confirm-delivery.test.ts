import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demoId } from '../../../prisma/demo/ids.ts'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { createWorld, type World } from '../../support/world.ts'
import { lastEvent } from '../support/ledger.ts'
import { denials, done, expectReplay, orderIn, orderOf, owner, refusals, stockOf, stranger } from '../support/orders.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const mutation = 'orderConfirmDelivery'

describe('orderConfirmDelivery', () => {
  it.each([
    [owner, 'customer'],
    ['admin', 'staff'],
  ])('by %s records that an order has arrived, and when', async (viewer, actorKind) => {
    const { id, products } = await orderIn(world, 'SHIPPED')

    const { order } = await done(world, viewer, mutation, { orderId: id })

    expect(order).toEqual({ id, status: 'DELIVERED', version: 4 })
    const { number, deliveredAt } = await orderOf(world, id)
    expect(deliveredAt).not.toBeNull()
    expect(await lastEvent(world, id)).toEqual({
      topic: 'order.delivered',
      ownerId: demoId('customer', 'ALFKI'),
      actorKind,
      payload: { orderId: id, number },
    })
    expect(await stockOf(world, products)).toEqual(['95 - 0 = 95', '97 - 0 = 97'])
  })

  it('with a used key returns the same, and does nothing again', async () => {
    const { id } = await orderIn(world, 'SHIPPED')
    await expectReplay(world, owner, mutation, { orderId: id })
  })

  it.each(['PLACED', 'PAID', 'PARTIALLY_SHIPPED', 'DELIVERED', 'PARTIALLY_RETURNED', 'RETURNED', 'CANCELLED'])(
    'is refused for an order that is %s',
    async (status) => {
      const { id } = await orderIn(world, status)
      const transition = [['INVALID_TRANSITION', 'input.orderId']]
      expect(await refusals(world, 'admin', mutation, { orderId: id })).toEqual(transition)
    },
  )

  it('is refused for an order that is unknown, or another customer’s', async () => {
    const { id } = await orderIn(world, 'SHIPPED')
    const unknown = [['ORDER_UNKNOWN', 'input.orderId']]
    expect(await refusals(world, stranger, mutation, { orderId: id })).toEqual(unknown)
    expect(await refusals(world, owner, mutation, { orderId: encodeId('Order', randomUUID()) })).toEqual(unknown)
  })

  it.each([
    ['support', 'FORBIDDEN'],
    ['anonymous', 'UNAUTHENTICATED'],
  ])('is refused for %s: %s', async (viewer, code) => {
    const { id } = await orderIn(world, 'SHIPPED')
    expect(await denials(world, viewer, mutation, { orderId: id })).toEqual([code])
  })
})
