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

const mutation = 'orderReturn'
const unit = (orderLineId: string | undefined, quantity = 1) => ({ orderLineId, quantity })

describe('orderReturn', () => {
  it('returns a part, then the rest, into the stock', async () => {
    const { id, lines, products } = await orderIn(world, 'DELIVERED')
    const [first, second] = lines
    const step = async (...units: object[]) => {
      const { order } = await done(world, 'admin', mutation, { orderId: id, lines: units, restock: true })
      const { lines } = await orderOf(world, id)
      return [order.status, order.version, lines.map(({ returned }) => returned), await stockOf(world, products)]
    }

    expect(await step(unit(first, 2))).toEqual(['PARTIALLY_RETURNED', 5, [2, 0], ['97 - 0 = 97', '97 - 0 = 97']])
    expect(await step(unit(second, 3), unit(first, 3))).toEqual([
      'RETURNED',
      6,
      [5, 3],
      ['100 - 0 = 100', '100 - 0 = 100'],
    ])

    expect(await movementsOf(world, id)).toEqual([
      ['SHIPPED', -5],
      ['SHIPPED', -3],
      ['RETURNED', 2],
      ['RETURNED', 3],
      ['RETURNED', 3],
    ])
    expect((await orderOf(world, id)).returns).toEqual([
      { reason: null, restocked: true, lines: [{ quantity: 2, orderLine: { id: first } }] },
      {
        reason: null,
        restocked: true,
        lines: [
          { quantity: 3, orderLine: { id: first } },
          { quantity: 3, orderLine: { id: second } },
        ],
      },
    ])
  })

  it('by the customer does not change the stock', async () => {
    const { id, lines, products } = await orderIn(world, 'SHIPPED')
    const input = { orderId: id, lines: [unit(lines[1], 3)], restock: false, reason: ' It was broken. ' }

    const { changed, order } = await done(world, owner, mutation, input, 'return { restocked reason order { number } }')

    const { number, returns, balance } = await orderOf(world, id)
    expect(order.status).toBe('PARTIALLY_RETURNED')
    expect(changed).toEqual({ return: { restocked: false, reason: 'It was broken.', order: { number } } })
    expect(returns).toHaveLength(1)
    expect(balance).toBe('57.50')
    expect(await stockOf(world, products)).toEqual(['95 - 0 = 95', '97 - 0 = 97'])
    expect(await movementsOf(world, id)).toHaveLength(2)
  })

  it('emits events of the return and of the stock', async () => {
    const { id, lines, products } = await orderIn(world, 'SHIPPED')
    const { changed } = await done(
      world,
      'admin',
      mutation,
      { orderId: id, lines: [unit(lines[0])], restock: true },
      'return { id }',
    )

    const { number } = await orderOf(world, id)
    const event = await lastEvent(world, id)
    expect(event).toEqual({
      topic: 'order.returned',
      ownerId: demoId('customer', 'ALFKI'),
      actorKind: 'staff',
      payload: {
        orderId: id,
        number,
        returnId: expect.stringMatching(/^return_/),
        restocked: true,
        complete: false,
        lines: [{ ...unit(lines[0]), productId: products[0] }],
      },
    })
    expect(changed.return).toEqual({ id: event?.payload.returnId })
    expect((await eventsOf(world, 'Product', products[0] ?? '')).at(-1)).toMatchObject({
      payload: { productId: products[0], onHand: 96, reserved: 0, reason: 'RETURNED' },
    })
    expect((await eventsOf(world, 'Product', products[1] ?? '')).at(-1)).toMatchObject({
      payload: { reason: 'SHIPPED' },
    })
  })

  it('runs as many statements for six lines as for two', async () => {
    const counts = []
    for (const quantities of [
      [1, 1],
      [1, 1, 1, 1, 1, 1],
    ]) {
      const { id, lines } = await orderIn(world, 'SHIPPED', quantities)
      const input = { orderId: id, lines: lines.map((line) => unit(line)), restock: true }
      counts.push((await world.statementsOf(() => done(world, 'admin', mutation, input))).length)
    }
    expect(counts[1]).toBe(counts[0])
  })

  it('with a used key returns the same, and does nothing again', async () => {
    const { id, lines } = await orderIn(world, 'SHIPPED')
    await expectReplay(
      world,
      owner,
      mutation,
      { orderId: id, lines: [unit(lines[0])], restock: false },
      'return { id }',
    )
  })

  it('twice at the same time never returns a unit twice', async () => {
    const { id, lines, products } = await orderIn(world, 'SHIPPED')
    const input = { orderId: id, lines: [unit(lines[0], 3)], restock: true }

    const answers = await Promise.all([1, 2].map(() => payloadOf(world, 'admin', mutation, input)))

    const refusals = answers.flatMap(({ userErrors }) => userErrors)
    expect(refusals).toMatchObject([{ code: 'QUANTITY_EXCEEDED', message: 'Of this line 2 are left.' }])
    expect(await stockOf(world, products)).toEqual(['98 - 0 = 98', '97 - 0 = 97'])
  })
})

describe('orderReturn is refused', () => {
  it.each(['PLACED', 'PAID', 'PARTIALLY_SHIPPED', 'RETURNED', 'CANCELLED'])(
    'for an order that is %s',
    async (status) => {
      const { id, lines } = await orderIn(world, status)
      const input = { orderId: id, lines: [unit(lines[0])], restock: false }
      expect(await refusals(world, 'admin', mutation, input)).toEqual([['INVALID_TRANSITION', 'input.orderId']])
    },
  )

  it('for units that were not shipped or are returned, each with its path, all at once', async () => {
    const { id, lines } = await orderIn(world, 'PARTIALLY_RETURNED')
    const other = await newOrder(world)
    const [first, second] = lines
    const asked = [unit(first, 5), unit(other.lines[0]), unit(second, 0), unit(second, 4)]

    expect(await refusals(world, 'admin', mutation, { orderId: id, lines: asked, restock: true })).toEqual([
      ['QUANTITY_EXCEEDED', 'input.lines.0.quantity'],
      ['LINE_UNKNOWN', 'input.lines.1.orderLineId'],
      ['INVALID_QUANTITY', 'input.lines.2.quantity'],
      ['DUPLICATE_LINE', 'input.lines.3.orderLineId'],
      ['QUANTITY_EXCEEDED', 'input.lines.3.quantity'],
    ])
  })

  it('for an empty input', async () => {
    const { id } = await orderIn(world, 'SHIPPED')
    const input = { orderId: id, lines: [], restock: false }
    expect(await refusals(world, owner, mutation, input)).toEqual([['NOTHING_TO_DO', 'input.lines']])
  })

  it('where a customer asks for restocking, or the reason is too long', async () => {
    const { id, lines } = await orderIn(world, 'SHIPPED')
    const input = { orderId: id, lines: [unit(lines[0])], restock: true, reason: 'x'.repeat(501) }
    expect(await refusals(world, owner, mutation, input)).toEqual([
      ['TOO_LONG', 'input.reason'],
      ['RESTOCK_NOT_ALLOWED', 'input.restock'],
    ])
  })

  it('for an order that is unknown, or another customer’s', async () => {
    const { id, lines } = await orderIn(world, 'SHIPPED')
    const input = { orderId: id, lines: [unit(lines[0])], restock: false }
    const unknown = [['ORDER_UNKNOWN', 'input.orderId']]
    expect(await refusals(world, stranger, mutation, input)).toEqual(unknown)
    expect(await refusals(world, 'admin', mutation, { ...input, orderId: encodeId('Order', randomUUID()) })).toEqual(
      unknown,
    )
  })

  it.each([
    ['support', 'FORBIDDEN'],
    ['anonymous', 'UNAUTHENTICATED'],
  ])('for %s: %s', async (viewer, code) => {
    const { id, lines } = await orderIn(world, 'SHIPPED')
    expect(await denials(world, viewer, mutation, { orderId: id, lines: [unit(lines[0])], restock: false })).toEqual([
      code,
    ])
  })
})

it('a return is visible to its customer and to staff, and to no other customer', async () => {
  const { id, lines } = await orderIn(world, 'SHIPPED')
  const input = { orderId: id, lines: [unit(lines[0])], restock: false }
  await done(world, owner, mutation, input)
  const { returnId } = (await lastEvent(world, id))?.payload ?? {}
  const seenBy = async (viewer: string) => {
    const query = 'query ($id: ID!) { node(id: $id) { ... on Return { lines { orderLine { position returned } } } } }'
    return (await world.as(viewer).query(query, { id: returnId })).data
  }

  const seen = { node: { lines: [{ orderLine: { position: 1, returned: 1 } }] } }
  expect([await seenBy(owner), await seenBy('support'), await seenBy(stranger)]).toEqual([seen, seen, { node: null }])
})
