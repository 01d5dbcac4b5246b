import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { type Answer, dataOf, type World } from '../../support/world.ts'

export interface Line {
  productId: string
  quantity: number
}

export interface OrderInput {
  idempotencyKey?: string
  customerId?: string | null
  carrierId?: string | null
  requiredDate?: string | null
  lines: Line[]
  shipTo: Record<string, string | null>
}

interface Caller {
  query(query: string, variables?: Record<string, unknown>): Promise<Answer>
}

export const shipTo = { recipient: 'Maria Anders', street: 'Obere Str. 57', city: 'Berlin', country: 'DE' }

const payload = z.object({
  orderPlace: z.object({
    order: z.object({ id: z.string(), number: z.int() }).nullable(),
    userErrors: z.array(z.object({ code: z.string(), path: z.array(z.string()), message: z.string() })),
  }),
})

const mutation = `mutation ($input: OrderPlaceInput!) {
  orderPlace(input: $input) { order { id number } userErrors { code path message } }
}`

/** The outcome of one `orderPlace`, which must be no GraphQL error. */
export async function place(caller: Caller, input: OrderInput) {
  const { order, userErrors } = dataOf(
    await caller.query(mutation, { input: { idempotencyKey: randomUUID(), ...input } }),
    payload,
  ).orderPlace
  return { order, userErrors, refusals: userErrors.map(({ code, path }) => `${code} ${path.join('.')}`) }
}

/** The product of a SKU, as a line of an input. */
export async function lineOf(world: World, sku: string, quantity = 1): Promise<Line> {
  const { id } = await world.client.product.findUniqueOrThrow({ where: { sku } })
  return { productId: encodeId('Product', id), quantity }
}

/** Everything an order changes, which must stay the same when one is refused. */
export async function ledger({ client }: World) {
  const [orders, lines, products] = [
    await client.order.count(),
    await client.orderLine.count(),
    await client.product.findMany({
      select: { sku: true, stockOnHand: true, stockReserved: true },
      orderBy: { sku: 'asc' },
    }),
  ]
  return { orders, lines, products }
}

export async function reservedOf({ client }: World, sku: string): Promise<number> {
  return (await client.product.findUniqueOrThrow({ where: { sku } })).stockReserved
}
