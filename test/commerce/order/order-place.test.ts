import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { demoCustomer } from '../../../prisma/demo/viewers.ts'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { codesOf, createWorld, dataOf, type Statement, type World } from '../../support/world.ts'
import { ledger, lineOf, place, reservedOf, shipTo } from '../support/order-place.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const whole = `mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) {
  order {
    number status currency requiredDate shippedAt customer { code } carrier { name }
    shipTo { recipient street city region postalCode country }
    subtotal { amount } discount { amount } total { amount currency } freight { amount } grandTotal { amount }
    lines { position quantity unitPrice { amount } discount total { amount currency } product { sku } }
    shipments { id } payments { id } invoice { id }
  }
  userErrors { code }
} }`

const carrierId = async () => {
  const { id } = await world.client.carrier.findUniqueOrThrow({ where: { name: 'DHL' } })
  return encodeId('Carrier', id)
}

/** `select md_product`: the kind of a statement, and its table. */
const gist = ({ sql }: Statement) =>
  `${sql.trim().split(/\s/)[0]?.toLowerCase()} ${/(?:commerce|platform)"?\."?(\w+)/.exec(sql)?.[1] ?? ''}`.trim()

describe('an order a customer places', () => {
  it('is theirs, at today’s prices, with everything in the input', async () => {
    const before = await reservedOf(world, 'NW-0003')
    const input = {
      lines: [await lineOf(world, 'NW-0003', 3), await lineOf(world, 'NW-0004', 2)],
      shipTo: { ...shipTo, region: null, postalCode: '12209' },
      carrierId: await carrierId(),
      requiredDate: '2199-12-31',
    }

    const answered = await world
      .as('customer ALFKI')
      .query(whole, { input: { idempotencyKey: randomUUID(), ...input } })

    expect(dataOf(answered, z.unknown())).toEqual({
      orderPlace: {
        order: {
          number: 11_078,
          status: 'PLACED',
          currency: 'USD',
          requiredDate: '2199-12-31',
          shippedAt: null,
          customer: { code: 'ALFKI' },
          carrier: { name: 'DHL' },
          shipTo: { ...shipTo, region: null, postalCode: '12209' },
          subtotal: { amount: '74.00' },
          discount: { amount: '0.00' },
          total: { amount: '74.00', currency: 'USD' },
          freight: { amount: '0.00' },
          grandTotal: { amount: '74.00' },
          lines: [
            {
              position: 1,
              quantity: 3,
              unitPrice: { amount: '10.00' },
              discount: '0',
              total: { amount: '30.00', currency: 'USD' },
              product: { sku: 'NW-0003' },
            },
            {
              position: 2,
              quantity: 2,
              unitPrice: { amount: '22.00' },
              discount: '0',
              total: { amount: '44.00', currency: 'USD' },
              product: { sku: 'NW-0004' },
            },
          ],
          shipments: [],
          payments: [],
          invoice: null,
        },
        userErrors: [],
      },
    })
    expect(await reservedOf(world, 'NW-0003')).toBe(before + 3)
  })

  it('is visible to them and to staff, and to no other customer', async () => {
    const { order } = await place(world.as('customer ALFKI'), { lines: [await lineOf(world, 'NW-0003')], shipTo })
    const query = `{ order(number: ${order?.number}) { id } }`
    const seen = async (viewer: string) => dataOf(await world.as(viewer).query(query), z.unknown())

    expect(await seen('customer ALFKI')).toEqual({ order: { id: order?.id } })
    expect(await seen('support')).toEqual({ order: { id: order?.id } })
    expect(await seen('customer ANATR')).toEqual({ order: null })
  })

  it('reserves its units: fewer are available, and as many are on hand', async () => {
    const query = '{ product(sku: "NW-0006") { available stock { onHand reserved } } }'
    const stock = async () => dataOf(await world.as('admin').query(query), z.unknown())
    expect(await stock()).toEqual({ product: { available: 120, stock: { onHand: 141, reserved: 21 } } })

    await place(world.as('customer ALFKI'), { lines: [await lineOf(world, 'NW-0006', 120)], shipTo })

    expect(await stock()).toEqual({ product: { available: 0, stock: { onHand: 141, reserved: 141 } } })
  })

  it('keeps its prices and total when the product’s price changes', async () => {
    const { order } = await place(world.as('customer ALFKI'), { lines: [await lineOf(world, 'NW-0007', 2)], shipTo })
    await world.client.product.update({ where: { sku: 'NW-0007' }, data: { unitPriceMinor: 1n } })

    const query = `{ order(number: ${order?.number}) { total { amount } lines { unitPrice { amount } total { amount }
      product { unitPrice { amount } } } } }`
    expect(dataOf(await world.as('customer ALFKI').query(query), z.unknown())).toEqual({
      order: {
        total: { amount: '60.00' },
        lines: [
          { unitPrice: { amount: '30.00' }, total: { amount: '60.00' }, product: { unitPrice: { amount: '0.01' } } },
        ],
      },
    })
  })

  it('has the next number; a refused order uses none', async () => {
    const input = { lines: [await lineOf(world, 'NW-0003')], shipTo }
    const caller = world.as('customer ALFKI')

    const first = await place(caller, input)
    const refused = await place(caller, { ...input, lines: [await lineOf(world, 'NW-0003', 10_000)] })
    const second = await place(caller, input)

    expect(refused.refusals).toEqual(['INSUFFICIENT_STOCK input.lines.0.quantity'])
    expect(second.order?.number).toBe((first.order?.number ?? 0) + 1)
  })

  it('may name the customer, if it is themselves', async () => {
    const input = { customerId: demoCustomer('ALFKI').sub, lines: [await lineOf(world, 'NW-0003')], shipTo }
    expect((await place(world.as('customer ALFKI'), input)).refusals).toEqual([])
  })
})

describe('an order staff place', () => {
  it('is for the customer they name', async () => {
    const input = { customerId: demoCustomer('BONAP').sub, lines: [await lineOf(world, 'NW-0003')], shipTo }

    const answered = await world.as('admin').query(whole, { input: { idempotencyKey: randomUUID(), ...input } })

    expect(dataOf(answered, z.unknown())).toMatchObject({
      orderPlace: { order: { customer: { code: 'BONAP' }, carrier: null, requiredDate: null }, userErrors: [] },
    })
  })
})

describe('the statements of placing an order', () => {
  // Each is needed: the key is taken first, products are locked before they are read, orders and lines are two tables,
  // one statement writes events, audit entry and outcome, and the payload is read through the viewer's row policy. They
  // are four round trips: key, lock and look-up; the order; the rest and the commit; the payload.
  const steps = [
    'insert pf_idempotency',
    'select md_product',
    'select crm_customer',
    'insert so_header',
    'insert so_line',
    'update md_product',
    'with pf_outbox',
    'commit',
    'select so_header',
  ]

  it.each([1, 7])('are the same nine for %i products', async (count) => {
    const products = await world.client.product.findMany({ where: { discontinued: false }, take: count, skip: 20 })
    const lines = products.map(({ id }) => ({ productId: encodeId('Product', id), quantity: 1 }))
    await world.client.product.updateMany({ data: { stockOnHand: { increment: 1 } } })

    const statements = await world.statementsOf(async () => {
      expect((await place(world.as('customer ALFKI'), { lines, shipTo })).refusals).toEqual([])
    })

    expect(statements.map(gist)).toEqual(steps)
  })

  it('are one more for a carrier, and only the lock and the look-ups for a refusal', async () => {
    const input = { lines: [await lineOf(world, 'NW-0003')], shipTo, carrierId: await carrierId() }
    const caller = world.as('customer ALFKI')

    const placed = await world.statementsOf(() => place(caller, input))
    const refused = await world.statementsOf(async () =>
      place(caller, { ...input, lines: [await lineOf(world, 'NW-0003', 10_000)] }),
    )

    expect(placed.map(gist)).toEqual([...steps.slice(0, 3), 'select lg_carrier', ...steps.slice(3)])
    expect(refused.map(gist)).toEqual([...steps.slice(0, 3), 'select lg_carrier', 'rollback'])
  })

  it('are only the released key for an input with errors of its own', async () => {
    const statements = await world.statementsOf(() => place(world.as('customer ALFKI'), { lines: [], shipTo }))
    expect(statements.map(gist)).toEqual(['insert pf_idempotency', 'rollback'])
  })
})

describe('several orders in one request', () => {
  it('are placed one after the other, independently, and counted each', async () => {
    await world.client.product.update({ where: { sku: 'NW-0008' }, data: { stockOnHand: 5, stockReserved: 2 } })
    const two = { idempotencyKey: randomUUID(), lines: [await lineOf(world, 'NW-0008', 2)], shipTo }
    const again = { ...two, idempotencyKey: randomUUID() }
    const fields = '{ order { number } userErrors { code } }'
    const query = `mutation ($two: OrderPlaceInput!, $again: OrderPlaceInput!) { a: orderPlace(input: $two) ${fields} b: orderPlace(input: $again) ${fields}
      c: orderPlace(input: { idempotencyKey: "c", lines: [], shipTo: { recipient: "R", street: "S", city: "C", country: "DE" } }) ${fields} }`
    const single = `mutation ($two: OrderPlaceInput!) { orderPlace(input: $two) ${fields} }`

    const answered = await world.as('customer ALFKI').query(query, { two, again })
    const alone = await world
      .as('customer ALFKI')
      .query(single, { two: { ...two, idempotencyKey: randomUUID(), lines: [] } })

    expect(dataOf(answered, z.unknown())).toEqual({
      a: { order: { number: expect.any(Number) }, userErrors: [] },
      b: { order: null, userErrors: [{ code: 'INSUFFICIENT_STOCK' }] },
      c: { order: null, userErrors: [{ code: 'EMPTY_ORDER' }] },
    })
    expect(await reservedOf(world, 'NW-0008')).toBe(4)
    expect(answered.extensions?.cost?.requested).toBe(3 * (alone.extensions?.cost?.requested ?? 0))
    expect(alone.extensions?.cost?.requested).toBeGreaterThan(10)
  })
})

describe('a viewer who may not place orders', () => {
  it.each([
    ['anonymous', 'UNAUTHENTICATED'],
    ['support', 'FORBIDDEN'],
  ])('is denied, and nothing changes: %s', async (viewer, code) => {
    const input = { customerId: demoCustomer('ALFKI').sub, lines: [await lineOf(world, 'NW-0003')], shipTo }
    const before = await ledger(world)

    const answered = await world.as(viewer).query(whole, { input: { idempotencyKey: randomUUID(), ...input } })

    expect(codesOf(answered)).toEqual([code])
    expect(answered.data).toEqual({ orderPlace: null })
    expect(await ledger(world)).toEqual(before)
  })
})
