import { z } from 'zod'
import type { Contender, Ground } from './contender.ts'
import { customerOf, nodesOf, orderOf, type Question, skuOf, statusOf, wordOf } from './contender.ts'
import { documents, walkDocument } from './documents.ts'
import type { Shape } from './names.ts'

const walked = z.object({ orders: z.object({ pageInfo: z.object({ endCursor: z.string() }) }) })

/** The public id of a row, for contenders that do not show the database's ids. */
export type PublicId = (type: keyof ReturnType<typeof nodesOf>, id: string) => string

/** What all contenders with Frontdoor's API share: the documents, and the form of the responses. */
export function sameApi(
  { sample }: Ground,
  runKey: string,
  publicId: PublicId,
): Pick<Contender, 'question' | 'page' | 'walk' | 'endCursor' | 'inOneForm'> {
  const variables: Partial<Record<Shape, (turn: number) => object>> = {
    product: (turn) => ({ sku: skuOf(turn, sample) }),
    get: (turn) => ({ sku: skuOf(turn, sample) }),
    nodes: (turn) => {
      const { Product, Customer, Supplier, Order, OrderLine } = nodesOf(turn, sample)
      const ids = (type: Parameters<PublicId>[0], uuids: readonly string[]) => uuids.map((id) => publicId(type, id))
      return {
        ids: [
          ...ids('Product', Product),
          ...ids('Customer', Customer),
          ...ids('Supplier', Supplier),
          ...ids('Order', Order),
          ...ids('OrderLine', OrderLine),
        ],
      }
    },
    search: (turn) => ({ text: wordOf(turn, sample) }),
    count: (turn) => ({ status: statusOf(turn) }),
    deep: (turn) => ({ id: publicId('Customer', customerOf(turn, sample)) }),
    place: (turn) => {
      const { customerId, lines, shipTo } = orderOf(turn, sample)
      return {
        input: {
          customerId: publicId('Customer', customerId),
          lines: lines.map(({ productId, quantity }) => ({ productId: publicId('Product', productId), quantity })),
          shipTo,
          idempotencyKey: `${runKey}-${turn}`,
        },
      }
    },
  }
  const asked = (shape: Shape, given = variables[shape]): Question => ({
    document: documents[shape],
    operationName: `${shape.slice(0, 1).toUpperCase()}${shape.slice(1)}`,
    variables: given,
  })
  return {
    question: (shape) => asked(shape),
    page: (after) => asked('page', () => ({ after })),
    walk: (after) => ({ document: walkDocument, operationName: 'Walk', variables: () => ({ after }) }),
    endCursor: (data) => walked.parse(data).orders.pageInfo.endCursor,
    inOneForm: (_shape, data) => data,
  }
}
