import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createWorld, dataOf, type World } from '../../support/world.ts'
import { done, orderIn, orderOf, owner, payloadOf } from '../support/orders.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const actionsOf = async (viewer: string, id: string) => {
  const answered = await world.as(viewer).query('query ($id: ID!) { order(id: $id) { availableActions } }', { id })
  const shape = z.object({ order: z.object({ availableActions: z.array(z.string()) }) })
  return dataOf(answered, shape).order.availableActions
}

const states = [
  { status: 'PLACED', customer: ['UPDATE_LINES', 'CANCEL'], admin: ['UPDATE_LINES', 'RECORD_PAYMENT', 'CANCEL'] },
  { status: 'PAID', customer: ['CANCEL'], admin: ['CANCEL', 'SHIP', 'REFUND'] },
  { status: 'PARTIALLY_SHIPPED', customer: [], admin: ['SHIP', 'REFUND'] },
  {
    status: 'SHIPPED',
    customer: ['CONFIRM_DELIVERY', 'RETURN'],
    admin: ['CONFIRM_DELIVERY', 'RETURN', 'REFUND'],
  },
  { status: 'DELIVERED', customer: ['RETURN'], admin: ['RETURN', 'REFUND'] },
  { status: 'PARTIALLY_RETURNED', customer: ['RETURN'], admin: ['RETURN', 'REFUND'] },
  { status: 'RETURNED', customer: [], admin: ['REFUND'] },
  { status: 'CANCELLED', customer: [], admin: [] },
]

describe('the actions of an order', () => {
  it.each(states)('that is $status are $admin for the admin, $customer for its customer', async (state) => {
    const { id } = await orderIn(world, state.status)

    expect((await orderOf(world, id)).status).toBe(state.status)
    expect(await actionsOf('admin', id)).toEqual(state.admin)
    expect(await actionsOf(owner, id)).toEqual(state.customer)
    expect(await actionsOf('support', id)).toEqual([])
  })

  it.each(states)('that is $status are named in the error of another action', async ({ status, admin }) => {
    const { id } = await orderIn(world, status)
    const unknownLine = [{ orderLineId: 'x', quantity: 1 }]
    const tries = {
      CANCEL: ['orderCancel', {}],
      CONFIRM_DELIVERY: ['orderConfirmDelivery', {}],
      SHIP: ['orderShip', { lines: unknownLine }],
      RETURN: ['orderReturn', { lines: unknownLine, restock: false }],
    } as const
    const from = admin.length > 0 ? `from there: ${admin.join(', ')}` : 'nothing can be done to it any more'
    for (const [action, [mutation, input]] of Object.entries(tries)) {
      if (admin.includes(action)) continue
      const { userErrors } = await payloadOf(world, 'admin', mutation, { orderId: id, ...input })
      const message = `The order is ${status}; ${from}.`
      expect(userErrors).toEqual([{ code: 'INVALID_TRANSITION', path: ['input', 'orderId'], message }])
    }
  })

  it('have no refund once everything is refunded', async () => {
    const { id } = await orderIn(world, 'RETURNED')
    const refund = { orderId: id, amount: '57.50', currency: 'USD', idempotencyKey: randomUUID() }
    await done(world, 'admin', 'paymentRefund', refund)

    expect(await actionsOf('admin', id)).toEqual([])
  })
})
