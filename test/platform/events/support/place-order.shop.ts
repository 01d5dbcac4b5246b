import { z } from 'zod'
import { demoId } from '../../../../prisma/demo/ids.ts'
import { encodeId } from '../../../../src/platform/graphql/ids.ts'
import { dataOf, type World } from '../../../support/world.ts'

/** A product that orders of these tests have. */
export const spread = encodeId('Product', demoId('product', '6'))
export const shipTo = 'shipTo: { recipient: "R", street: "S", city: "C", country: "DE" }'

const placed = z.object({ orderPlace: z.object({ order: z.object({ id: z.string() }) }) })

/** Places an order of one unit as this viewer. Returns its id. */
export async function placeOrder(server: Pick<World, 'as'>, viewer: string): Promise<string> {
  const answered = await server.as(viewer).query(
    `mutation { orderPlace(input: { idempotencyKey: "${crypto.randomUUID()}", lines: [{ productId: "${spread}", quantity: 1 }], ${shipTo} }) {
      order { id } } }`,
  )
  return dataOf(answered, placed).orderPlace.order.id
}
