import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demoId } from '../../../prisma/demo/ids.ts'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { createWorld, type World } from '../../support/world.ts'
import { eventsOf, lastEvent, movementsOf } from '../support/ledger.ts'
import {
  denials,
  done,
  expectReplay,
  newOrder,
  orderIn,
  orderOf,
  owner,
  payloadOf,
  refusals,
  stockOf,
  stranger,
} from '../support/orders.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const mutation = 'orderCancel'
const refund = 'refund { amount { amount currency } reason creditNote { number } }'

describe('orderCancel of an order that is not paid', () => {
  it('releases its stock and records the time', async () => {
    const { id, products } = await newOrder(world)
    expect(await stockOf(world, products)).toEqual(['100 - 5 = 95', '100 - 3 = 97'])

    const answered = await done(world, owner, mutation, { orderId: id, reason: ' I found it cheaper. ' }, refund)

    expect(answered).toEqual({
      replayed: false,
      order: { id, status: 'CANCELLED', version: 2 },
      changed: { refund: null },
    })
    const order = await orderOf(world, id)
    expect(order.cancelledAt).not.toBeNull()
    expect(order).toMatchObject({ amountPaid: '0.00', balance: '0.00', refunds: [], creditNotes: [], invoice: null })
    expect(await stockOf(world, products)).toEqual(['100 - 0 = 100', '100 - 0 = 100'])
    expect(await movementsOf(world, id)).toEqual([])
  })

  it('emits events of the order and its products', async () => {
    const { id, products } = await newOrder(world)
    await done(world, owner, mutation, { orderId: id, reason: 'I found it cheaper.' })

    const { number } = await orderOf(world, id)
    expect(await lastEvent(world, id)).toEqual({
      topic: 'order.cancelled',
      ownerId: demoId('customer', 'ALFKI'),
      actorKind: 'customer',
      // Without the reason: it may be personal, and events have names and ids only.
      payload: { orderId: id, number },
    })
    for (const productId of products) {
      const [, released] = await eventsOf(world, 'Product', productId)
      const payload = { productId, onHand: 100, reserved: 0, reason: 'RELEASED' }
      expect(released).toMatchObject({ topic: 'stock.changed', payload })
    }
  })
})

describe('orderCancel of a paid order', () => {
  it('refunds the money with a credit note', async () => {
    const { id, products } = await orderIn(world, 'PAID')

    const answered = await done(world, 'admin', mutation, { orderId: id, reason: 'Damaged.' }, refund)

    expect(answered.changed.refund).toEqual({
      amount: { amount: '57.50', currency: 'USD' },
      reason: 'Damaged.',
      creditNote: { number: expect.stringMatching(/^CN-\d{4}-\d{6}$/) },
    })
    const order = await orderOf(world, id)
    expect(order).toMatchObject({ status: 'CANCELLED', amountPaid: '57.50', amountRefunded: '57.50', balance: '0.00' })
    expect(order.creditNotes).toMatchObject([{ amount: '57.50' }])
    expect(order.invoice).toMatchObject({ amount: '57.50', balance: '0.00' })
    expect(order.version).toBe(answered.order.version)
    expect(await stockOf(world, products)).toEqual(['100 - 0 = 100', '100 - 0 = 100'])
    expect(order.timeline.map(({ topic }) => topic)).toEqual([
      'order.placed',
      'payment.recorded',
      'invoice.issued',
      'order.cancelled',
      'payment.refunded',
      'credit_note.issued',
    ])
  })

  it('refunds only what was not refunded before', async () => {
    const { id } = await orderIn(world, 'PAID')
    const part = { orderId: id, amount: '20', currency: 'USD', idempotencyKey: randomUUID() }
    await done(world, 'admin', 'paymentRefund', part)

    expect((await done(world, owner, mutation, { orderId: id }, refund)).changed.refund).toMatchObject({
      amount: { amount: '37.50' },
      reason: null,
    })
    expect(await orderOf(world, id)).toMatchObject({ amountRefunded: '57.50', balance: '0.00' })
  })

  it('refunds nothing, without a refund object, where everything was refunded before', async () => {
    const { id } = await orderIn(world, 'PAID')
    const all = { orderId: id, amount: '57.50', currency: 'USD', idempotencyKey: randomUUID() }
    await done(world, 'admin', 'paymentRefund', all)

    expect(await done(world, owner, mutation, { orderId: id }, refund)).toMatchObject({
      order: { status: 'CANCELLED' },
      changed: { refund: null },
    })
    expect((await orderOf(world, id)).creditNotes).toHaveLength(1)
  })
})

describe('orderCancel is refused', () => {
  it.each(['PARTIALLY_SHIPPED', 'SHIPPED', 'DELIVERED', 'PARTIALLY_RETURNED', 'RETURNED', 'CANCELLED'])(
    'for an order that is %s',
    async (status) => {
      const { id } = await orderIn(world, status)
      expect(await refusals(world, 'admin', mutation, { orderId: id })).toEqual([
        ['INVALID_TRANSITION', 'input.orderId'],
      ])
    },
  )

  it('for an order that is unknown, malformed, or another customer’s', async () => {
    const { id } = await newOrder(world)
    const unknown = [['ORDER_UNKNOWN', 'input.orderId']]
    expect(await refusals(world, 'admin', mutation, { orderId: encodeId('Order', randomUUID()) })).toEqual(unknown)
    expect(await refusals(world, 'admin', mutation, { orderId: id.replace('order', 'customer') })).toEqual(unknown)
    expect(await refusals(world, stranger, mutation, { orderId: id })).toEqual(unknown)
  })

  it('for a reason that is too long or invalid, before the order is read', async () => {
    const orderId = encodeId('Order', randomUUID())
    expect(await refusals(world, 'admin', mutation, { orderId, reason: 'x'.repeat(501) })).toEqual([
      ['TOO_LONG', 'input.reason'],
    ])
    expect(await refusals(world, 'admin', mutation, { orderId, reason: 'a\u0007b' })).toEqual([
      ['INVALID_CHARACTER', 'input.reason'],
    ])
  })

  it.each([
    ['support', 'FORBIDDEN'],
    ['anonymous', 'UNAUTHENTICATED'],
  ])('for %s: %s', async (viewer, code) => {
    const { id } = await newOrder(world)
    expect(await denials(world, viewer, mutation, { orderId: id })).toEqual([code])
  })
})

describe('concurrent orderCancel', () => {
  const outcomes = (payloads: Awaited<ReturnType<typeof payloadOf>>[]) => {
    return payloads.map(({ order, userErrors }) => order?.status ?? userErrors.map(({ code }) => code).join()).sort()
  }

  it('twice: one succeeds, the other gets the state and its actions', async () => {
    const { id, products } = await orderIn(world, 'PAID')

    const payloads = await Promise.all(
      [owner, 'admin'].map((viewer) => payloadOf(world, viewer, mutation, { orderId: id })),
    )

    expect(outcomes(payloads)).toEqual(['CANCELLED', 'INVALID_TRANSITION'])
    const [refusal] = payloads.flatMap(({ userErrors }) => userErrors)
    expect(refusal).toEqual({
      code: 'INVALID_TRANSITION',
      path: ['input', 'orderId'],
      message: 'The order is CANCELLED; nothing can be done to it any more.',
    })
    expect((await orderOf(world, id)).creditNotes).toHaveLength(1)
    expect(await stockOf(world, products)).toEqual(['100 - 0 = 100', '100 - 0 = 100'])
  })

  it('with orderShip: exactly one of the two succeeds', async () => {
    for (let round = 0; round < 5; round++) {
      const { id, products } = await orderIn(world, 'PAID')

      const [cancelled, shipped] = await Promise.all(
        [mutation, 'orderShip'].map((name) => payloadOf(world, 'admin', name, { orderId: id })),
      )

      const wasCancelled = cancelled?.order != null
      expect(shipped?.order == null).toBe(wasCancelled)
      const loser = wasCancelled ? shipped : cancelled
      expect(loser?.userErrors).toMatchObject([{ code: 'INVALID_TRANSITION', path: ['input', 'orderId'] }])
      expect(await stockOf(world, products)).toEqual(
        wasCancelled ? ['100 - 0 = 100', '100 - 0 = 100'] : ['95 - 0 = 95', '97 - 0 = 97'],
      )
    }
  })
})

it('orderCancel with a used key returns the same, and does nothing again', async () => {
  const { id } = await orderIn(world, 'PAID')
  await expectReplay(world, owner, mutation, { orderId: id }, 'refund { id amount { amount } }')
})
