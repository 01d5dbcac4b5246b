import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demoId } from '../../../prisma/demo/ids.ts'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { createWorld, type World } from '../../support/world.ts'
import { eventsOf, lastEvent, movementsOf } from '../support/ledger.ts'
import {
  carrierId,
  denials,
  done,
  expectReplay,
  newOrder,
  orderIn,
  orderOf,
  otherCarrierId,
  owner,
  pay,
  payloadOf,
  refusals,
  stockOf,
} from '../support/orders.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const mutation = 'orderShip'

describe('orderShip', () => {
  it('ships everything by the order’s carrier by default', async () => {
    const { id, lines, products } = await orderIn(world, 'PAID')

    const { order, changed } = await done(world, 'admin', mutation, { orderId: id }, 'shipment { id carrier { name } }')

    expect(order).toEqual({ id, status: 'SHIPPED', version: 3 })
    expect(changed).toEqual({
      shipment: { id: expect.stringMatching(/^shipment_/), carrier: { name: 'Speedy Express' } },
    })
    const shipped = await orderOf(world, id)
    expect(shipped.shippedAt).not.toBeNull()
    expect(shipped.lines.map((line) => [line.quantity, line.shipped, line.returned])).toEqual([
      [5, 5, 0],
      [3, 3, 0],
    ])
    expect(shipped.shipments).toEqual([
      {
        trackingNumber: null,
        carrier: { id: carrierId },
        lines: [
          { quantity: 5, orderLine: { id: lines[0] } },
          { quantity: 3, orderLine: { id: lines[1] } },
        ],
      },
    ])
    expect(await stockOf(world, products)).toEqual(['95 - 0 = 95', '97 - 0 = 97'])
    expect(await movementsOf(world, id)).toEqual([
      ['SHIPPED', -5],
      ['SHIPPED', -3],
    ])
  })

  it('emits events of the shipment and of the stock', async () => {
    const { id, lines, products } = await orderIn(world, 'PAID')
    const part = { orderLineId: lines[0], quantity: 2 }
    const input = { orderId: id, lines: [part], trackingNumber: ' 1Z 999 ' }
    const { changed } = await done(world, 'admin', mutation, input, 'shipment { id }')

    const { number } = await orderOf(world, id)
    const event = await lastEvent(world, id)
    expect(event).toEqual({
      topic: 'order.shipped',
      ownerId: demoId('customer', 'ALFKI'),
      actorKind: 'staff',
      payload: {
        orderId: id,
        number,
        shipmentId: expect.stringMatching(/^shipment_/),
        carrierId,
        trackingNumber: '1Z 999',
        complete: false,
        lines: [{ ...part, productId: products[0] }],
      },
    })
    expect(changed.shipment).toEqual({ id: event?.payload.shipmentId })
    expect((await eventsOf(world, 'Product', products[0] ?? '')).at(-1)).toMatchObject({
      topic: 'stock.changed',
      payload: { productId: products[0], onHand: 98, reserved: 3, reason: 'SHIPPED' },
    })
  })

  it('ships in parts, and records when the last one left', async () => {
    const { id, lines, products } = await orderIn(world, 'PAID')
    const [first, second] = lines
    const part = (orderLineId: string | undefined, quantity: number) => ({ orderLineId, quantity })
    const step = async (input: object) => {
      await done(world, 'admin', mutation, { orderId: id, ...input })
      const { status, shippedAt, version, lines } = await orderOf(world, id)
      return [status, shippedAt !== null, version, lines.map(({ shipped }) => shipped), await stockOf(world, products)]
    }

    expect(await step({ lines: [part(first, 2)], trackingNumber: 'A' })).toEqual([
      ...['PARTIALLY_SHIPPED', false, 3],
      ...[
        [2, 0],
        ['98 - 3 = 95', '100 - 3 = 97'],
      ],
    ])
    expect(await step({ lines: [part(second, 1), part(first, 3)], carrierId: otherCarrierId })).toEqual([
      ...['PARTIALLY_SHIPPED', false, 4],
      ...[
        [5, 1],
        ['95 - 0 = 95', '99 - 2 = 97'],
      ],
    ])
    expect(await step({})).toEqual([
      ...['SHIPPED', true, 5],
      ...[
        [5, 3],
        ['95 - 0 = 95', '97 - 0 = 97'],
      ],
    ])

    const { shipments } = await orderOf(world, id)
    expect(shipments.map(({ carrier, lines }) => [carrier.id, lines.map(({ quantity }) => quantity)])).toEqual([
      [carrierId, [2]],
      [otherCarrierId, [3, 1]],
      [carrierId, [2]],
    ])
  })

  it('needs a carrier where the order names none', async () => {
    const { id } = await newOrder(world, [1], null)
    await pay(world, id)

    expect(await refusals(world, 'admin', mutation, { orderId: id })).toEqual([['CARRIER_UNKNOWN', 'input.carrierId']])
    await done(world, 'admin', mutation, { orderId: id, carrierId: otherCarrierId })
    expect((await orderOf(world, id)).shipments).toMatchObject([{ carrier: { id: otherCarrierId } }])
  })

  it('runs as many statements for six lines as for two', async () => {
    const counts = []
    for (const quantities of [
      [1, 1],
      [1, 1, 1, 1, 1, 1],
    ]) {
      const { id } = await orderIn(world, 'PAID', quantities)
      counts.push((await world.statementsOf(() => done(world, 'admin', mutation, { orderId: id }))).length)
    }
    expect(counts[1]).toBe(counts[0])
  })

  it('with a used key returns the same, and ships nothing again', async () => {
    const { id, lines } = await orderIn(world, 'PAID')
    const input = { orderId: id, lines: [{ orderLineId: lines[0], quantity: 1 }] }
    await expectReplay(world, 'admin', mutation, input, 'shipment { id }')
  })
})

describe('orderShip is refused', () => {
  it.each(['PLACED', 'SHIPPED', 'DELIVERED', 'PARTIALLY_RETURNED', 'RETURNED', 'CANCELLED'])(
    'for an order that is %s',
    async (status) => {
      const { id } = await orderIn(world, status)
      const transition = [['INVALID_TRANSITION', 'input.orderId']]
      expect(await refusals(world, 'admin', mutation, { orderId: id })).toEqual(transition)
    },
  )

  it('for units that cannot be shipped, each with its path, all at once', async () => {
    const { id, lines } = await orderIn(world, 'PARTIALLY_SHIPPED')
    const other = await newOrder(world)
    const [first, second] = lines
    const asked = [
      { orderLineId: first, quantity: 5 },
      { orderLineId: other.lines[0], quantity: 1 },
      { orderLineId: 'x', quantity: -1 },
      { orderLineId: second, quantity: 0 },
      { orderLineId: second, quantity: 10_001 },
    ]

    expect(await refusals(world, 'admin', mutation, { orderId: id, lines: asked, carrierId: 'x' })).toEqual([
      ['QUANTITY_EXCEEDED', 'input.lines.0.quantity'],
      ['LINE_UNKNOWN', 'input.lines.1.orderLineId'],
      ['LINE_UNKNOWN', 'input.lines.2.orderLineId'],
      ['INVALID_QUANTITY', 'input.lines.2.quantity'],
      ['INVALID_QUANTITY', 'input.lines.3.quantity'],
      ['DUPLICATE_LINE', 'input.lines.4.orderLineId'],
      ['INVALID_QUANTITY', 'input.lines.4.quantity'],
      ['CARRIER_UNKNOWN', 'input.carrierId'],
    ])
  })

  it('for an empty input, and for an unknown carrier', async () => {
    const { id } = await orderIn(world, 'PAID')
    const refused = (input: object) => refusals(world, 'admin', mutation, { orderId: id, ...input })

    expect(await refused({ lines: [] })).toEqual([['NOTHING_TO_DO', 'input.lines']])
    const carrier = encodeId('Carrier', randomUUID())
    expect(await refused({ carrierId: carrier })).toEqual([['CARRIER_UNKNOWN', 'input.carrierId']])
  })

  it('for a tracking number that is too long, and for an unknown order', async () => {
    const orderId = encodeId('Order', randomUUID())
    const tooLong = { orderId, trackingNumber: 'x'.repeat(101) }
    expect(await refusals(world, 'admin', mutation, tooLong)).toEqual([['TOO_LONG', 'input.trackingNumber']])
    expect(await refusals(world, 'admin', mutation, { orderId })).toEqual([['ORDER_UNKNOWN', 'input.orderId']])
  })

  it.each([
    ['the customer', owner, 'FORBIDDEN'],
    ['support', 'support', 'FORBIDDEN'],
    ['anonymous', 'anonymous', 'UNAUTHENTICATED'],
  ])('for %s', async (_who, viewer, code) => {
    const { id } = await orderIn(world, 'PAID')
    expect(await denials(world, viewer, mutation, { orderId: id })).toEqual([code])
  })
})

it('orderShip twice at the same time never ships a unit twice', async () => {
  const { id, lines, products } = await orderIn(world, 'PAID')
  const input = { orderId: id, lines: [{ orderLineId: lines[0], quantity: 3 }] }

  const refused = (await Promise.all([1, 2].map(() => payloadOf(world, 'admin', mutation, input)))).flatMap(
    ({ userErrors }) => userErrors,
  )

  expect(refused).toMatchObject([{ code: 'QUANTITY_EXCEEDED', message: 'Of this line 2 are left.' }])
  expect(await stockOf(world, products)).toEqual(['97 - 2 = 95', '100 - 3 = 97'])
})
