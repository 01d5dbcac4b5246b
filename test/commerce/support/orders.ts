import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { z } from 'zod'
import { demoId } from '../../../prisma/demo/ids.ts'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { type Answer, codesOf, dataOf, type World } from '../../support/world.ts'
import { footprint } from './ledger.ts'
import { insertProduct } from './product.ts'

export const owner = 'customer ALFKI'
export const stranger = 'customer BONAP'
export const carrierId = encodeId('Carrier', demoId('carrier', 1))
export const otherCarrierId = encodeId('Carrier', demoId('carrier', 2))

const shipTo = {
  recipient: 'Maria Anders',
  street: 'Obere Str. 57',
  city: 'Berlin',
  postalCode: '12209',
  country: 'DE',
}

const userError = z.object({ code: z.string(), path: z.array(z.string()), message: z.string() })
const payload = z.looseObject({
  replayed: z.boolean(),
  userErrors: z.array(userError),
  order: z.object({ id: z.string(), status: z.string(), version: z.int() }).nullable(),
})

/** Calls a mutation that changes an order, as this viewer. `changed` selects further changed objects. */
function callMutation(world: World, viewer: string, mutation: string, input: object, changed = ''): Promise<Answer> {
  const type = `${mutation.slice(0, 1).toUpperCase()}${mutation.slice(1)}Input`
  const query = `mutation ($input: ${type}!) { mutation: ${mutation}(input: $input) {
    replayed userErrors { code path message } order { id status version } ${changed}
  } }`
  return world.as(viewer).query(query, { input })
}

/** The payload of a mutation with any outcome. */
export async function payloadOf(world: World, viewer: string, mutation: string, input: object, changed?: string) {
  const answered = await callMutation(world, viewer, mutation, input, changed)
  return dataOf(answered, z.object({ mutation: payload })).mutation
}

/** The payload of a mutation that must succeed. */
export async function done(world: World, viewer: string, mutation: string, input: object, also?: string) {
  const { userErrors, order, replayed, ...changed } = await payloadOf(world, viewer, mutation, input, also)
  if (userErrors.length > 0 || !order) throw new Error(`${mutation} was refused: ${JSON.stringify(userErrors)}`)
  return { order, replayed, changed }
}

/** The codes and paths of a refused mutation, which must have changed nothing. */
export async function refusals(
  world: World,
  viewer: string,
  mutation: string,
  input: object,
): Promise<[string, string][]> {
  const before = await footprint(world)
  const { userErrors } = await payloadOf(world, viewer, mutation, input)
  expect(await footprint(world)).toEqual(before)
  return userErrors.map(({ code, path }) => [code, path.join('.')])
}

/** The errors of a mutation that this viewer may not call, which must have changed nothing. */
export async function denials(world: World, viewer: string, mutation: string, input: object): Promise<string[]> {
  const before = await footprint(world)
  const answered = await callMutation(world, viewer, mutation, input)
  expect(await footprint(world)).toEqual(before)
  return codesOf(answered)
}

/** Calls a mutation again with its key: it must return the same, and do nothing. */
export async function expectReplay(world: World, viewer: string, mutation: string, input: object, changed?: string) {
  const keyed = { ...input, idempotencyKey: randomUUID() }
  const first = await done(world, viewer, mutation, keyed, changed)
  const before = await footprint(world)
  const again = await done(world, viewer, mutation, keyed, changed)
  expect(first.replayed).toBe(false)
  expect(again).toEqual({ ...first, replayed: true })
  expect(await footprint(world)).toEqual(before)
}

type Wanted = readonly { productId: string; quantity: number }[]

/** Places an order of the owner. Returns its id. */
export async function placed(world: World, lines: Wanted, carrier: string | null = carrierId): Promise<string> {
  const input = { lines, shipTo, carrierId: carrier, idempotencyKey: randomUUID() }
  return (await done(world, owner, 'orderPlace', input)).order.id
}

/** Pays an order in full. */
export async function pay(world: World, orderId: string): Promise<void> {
  const { grandTotal } = await orderOf(world, orderId)
  const input = { orderId, amount: grandTotal, currency: 'USD', method: 'CARD', idempotencyKey: randomUUID() }
  await done(world, 'admin', 'paymentRecord', input)
}

/** An order of new products, two by default: 5 units at 10.00 and 3 at 2.50. */
export async function newOrder(world: World, quantities: readonly number[] = [5, 3], carrier?: string | null) {
  const products = await Promise.all(
    quantities.map(async (quantity, index) => {
      const unitPriceMinor = index === 0 ? 1000n : 250n
      const { id } = await insertProduct(world, `T-${randomUUID()}`, { unitPriceMinor })
      return { productId: encodeId('Product', id), quantity }
    }),
  )
  const id = await placed(world, products, carrier)
  const { lines } = await orderOf(world, id)
  return { id, lines: lines.map((line) => line.id), products: products.map(({ productId }) => productId) }
}

/** The same, brought to `PAID`, `SHIPPED`, … */
export async function orderIn(world: World, status: string, quantities?: readonly number[]) {
  const order = await newOrder(world, quantities)
  const orderId = order.id
  const lines = [{ orderLineId: order.lines[0], quantity: 1 }]
  if (status === 'CANCELLED') await done(world, 'admin', 'orderCancel', { orderId })
  if (status === 'PLACED' || status === 'CANCELLED') return order
  await pay(world, orderId)
  if (status === 'PARTIALLY_SHIPPED') await done(world, 'admin', 'orderShip', { orderId, lines })
  if (status === 'PAID' || status === 'PARTIALLY_SHIPPED') return order
  await done(world, 'admin', 'orderShip', { orderId })
  if (status === 'DELIVERED') await done(world, 'admin', 'orderConfirmDelivery', { orderId })
  if (status === 'PARTIALLY_RETURNED') await done(world, 'admin', 'orderReturn', { orderId, lines, restock: false })
  if (status === 'RETURNED') {
    const all = (await orderOf(world, orderId)).lines.map((line) => ({ orderLineId: line.id, quantity: line.quantity }))
    await done(world, 'admin', 'orderReturn', { orderId, lines: all, restock: false })
  }
  return order
}

const amount = z.object({ amount: z.string() }).transform((money) => money.amount)
const quantities = z.array(z.object({ quantity: z.int(), orderLine: z.object({ id: z.string() }) }))
const order = z.object({
  number: z.int(),
  status: z.string(),
  version: z.int(),
  shippedAt: z.string().nullable(),
  deliveredAt: z.string().nullable(),
  cancelledAt: z.string().nullable(),
  total: amount,
  grandTotal: amount,
  amountPaid: amount,
  amountRefunded: amount,
  balance: amount,
  lines: z.array(
    z.object({
      id: z.string(),
      position: z.int(),
      quantity: z.int(),
      shipped: z.int(),
      returned: z.int(),
      unitPrice: amount,
      discount: z.string(),
      product: z.object({ id: z.string() }),
    }),
  ),
  shipments: z.array(
    z.object({ trackingNumber: z.string().nullable(), carrier: z.object({ id: z.string() }), lines: quantities }),
  ),
  returns: z.array(z.object({ reason: z.string().nullable(), restocked: z.boolean(), lines: quantities })),
  refunds: z.array(z.object({ amount, reason: z.string().nullable() })),
  creditNotes: z.array(z.object({ number: z.string(), amount })),
  invoice: z.object({ number: z.string(), amount, balance: amount }).nullable(),
  timeline: z.array(z.object({ topic: z.string(), sequence: z.int(), actorKind: z.string(), details: z.string() })),
})

const orderFields = `
  number status version shippedAt deliveredAt cancelledAt total { amount } grandTotal { amount } amountPaid { amount }
  amountRefunded { amount } balance { amount }
  lines { id position quantity shipped returned unitPrice { amount } discount product { id } }
  shipments { trackingNumber carrier { id } lines { quantity orderLine { id } } }
  returns { reason restocked lines { quantity orderLine { id } } }
  refunds { amount { amount } reason } creditNotes { number amount { amount } }
  invoice { number amount { amount } balance { amount } }
  timeline { topic sequence actorKind details }`

/** Every part of an order that its mutations may change, as staff sees it through the API. */
export async function orderOf(world: World, id: string) {
  const answered = await world.as('admin').query(`query ($id: ID!) { order(id: $id) { ${orderFields} } }`, { id })
  return dataOf(answered, z.object({ order })).order
}

/** The stock of each product, through the API: `on hand - reserved = available`. */
export async function stockOf(world: World, productIds: readonly string[]): Promise<string[]> {
  const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Product { available stock { onHand reserved } } } }'
  const stock = z.object({ onHand: z.int(), reserved: z.int() })
  const answered = await world.as('admin').query(query, { ids: productIds })
  const { nodes } = dataOf(answered, z.object({ nodes: z.array(z.object({ available: z.int(), stock })) }))
  return nodes.map(({ available, stock: { onHand, reserved } }) => `${onHand} - ${reserved} = ${available}`)
}
