import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createWorld, dataOf, type World } from '../support/world.ts'
import { done, newOrder, orderIn, owner, pay, stranger } from './support/orders.ts'

// Free text may identify a person as much as an address does.

const query = `query ($cancelled: ID!, $returned: ID!, $product: ID!) {
  cancelled: order(id: $cancelled) { cancelReason refunds { reason } }
  returned: order(id: $returned) { returns { reason } }
  node(id: $product) { ... on Product { stockMovements(last: 1) { edges { node { note } } } } }
}`
const texts = ['moved away', 'too loud for her', 'counted by Mr. Lee']

let world: World
let asked: Record<string, string | undefined>
let before: bigint
beforeAll(async () => {
  world = await createWorld()
  const cancelled = await newOrder(world)
  await pay(world, cancelled.id)
  await done(world, owner, 'orderCancel', { orderId: cancelled.id, reason: texts[0] })
  const returned = await orderIn(world, 'DELIVERED')
  const lines = [{ orderLineId: returned.lines[0], quantity: 1 }]
  await done(world, 'admin', 'orderReturn', { orderId: returned.id, lines, restock: false, reason: texts[1] })
  const product = cancelled.products[0]
  const adjusted = await world
    .as('admin')
    .query(`mutation ($input: StockAdjustInput!) { stockAdjust(input: $input) { userErrors { code } } }`, {
      input: { productId: product, quantity: -1, reason: 'COUNT', note: texts[2], idempotencyKey: 'counted' },
    })
  expect(adjusted.data).toEqual({ stockAdjust: { userErrors: [] } })
  asked = { cancelled: cancelled.id, returned: returned.id, product }
  before = (await world.audited()).at(-1)?.position ?? 0n
})
afterAll(() => world.close())

const readings = async () =>
  (await world.audited())
    .filter(({ position, action }) => position > before && action === 'read')
    .map(({ subjectType, fields, outcome }) => `${outcome} ${subjectType} ${fields.join(' ')}`)
    .sort()

describe('a reason or a note', () => {
  it('is hidden from staff who see orders and stock, but no personal data', async () => {
    const { data, errors } = await world.as('support').query(query, asked)

    expect(errors?.map(({ path, extensions }) => `${path?.join('.')} ${extensions.code}`).sort()).toEqual([
      'cancelled.cancelReason FORBIDDEN',
      'cancelled.refunds.0.reason FORBIDDEN',
      'node.stockMovements.edges.0.node.note FORBIDDEN',
      'returned.returns.0.reason FORBIDDEN',
    ])
    for (const text of texts) expect(JSON.stringify(data)).not.toContain(text)
  })

  it('is readable with `customers:pii`, and each read is in the audit trail', async () => {
    before = (await world.audited()).at(-1)?.position ?? 0n

    const read = JSON.stringify(dataOf(await world.as('admin').query(query, asked), z.unknown()))

    for (const text of texts) expect(read).toContain(text)
    expect(await readings()).toEqual([
      'DONE Order Order.cancelReason',
      'DONE Refund Refund.reason',
      'DONE Return Return.reason',
      'DONE StockMovement StockMovement.note',
    ])
  })

  it('of an order is visible to its customer, and to no other customer', async () => {
    const ofOrders = query.replace(/node\(id.*/, '').replace(', $product: ID!', '')

    const own = dataOf(await world.as(owner).query(ofOrders, asked), z.unknown())

    expect(own).toEqual({
      cancelled: { cancelReason: texts[0], refunds: [{ reason: texts[0] }] },
      returned: { returns: [{ reason: texts[1] }] },
    })
    const others = dataOf(await world.as(stranger).query(ofOrders, asked), z.unknown())
    expect(others).toEqual({ cancelled: null, returned: null })
  })
})
