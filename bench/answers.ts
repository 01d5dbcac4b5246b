import { z } from 'zod'
import type { Shape } from './names.ts'

// The one form in which responses are compared. Objects are strict, so an additional or missing property is a
// difference.

const named = z.strictObject({ name: z.string() })
const amount = z.strictObject({ amount: z.string() })
const edgesOf = <Node extends z.ZodType>(node: Node) => z.array(z.strictObject({ node }))
const isoTime = z.string().transform((text) => new Date(text).toISOString())

const page = z.strictObject({
  orders: z.strictObject({
    edges: edgesOf(z.strictObject({ number: z.int(), placedAt: isoTime, total: amount, customer: named })),
    // Each contender has cursors of its own.
    pageInfo: z.strictObject({ hasNextPage: z.boolean(), endCursor: z.string() }).transform((info) => info.hasNextPage),
  }),
})

const product = z.strictObject({
  product: z.strictObject({
    name: z.string(),
    unitPrice: z.strictObject({ amount: z.string(), currency: z.string() }),
    category: named,
    supplier: named,
  }),
})

export const answers = {
  typename: z.strictObject({ __typename: z.literal('Query') }),
  product,
  get: product,
  nodes: z.strictObject({
    nodes: z
      .array(z.union([named, z.strictObject({ number: z.int() }), z.strictObject({ quantity: z.int() })]))
      .length(50),
  }),
  search: z.strictObject({
    products: z.strictObject({ edges: edgesOf(z.strictObject({ sku: z.string(), name: z.string() })).min(1) }),
  }),
  count: z.strictObject({ orders: z.strictObject({ totalCount: z.int() }) }),
  own: z.strictObject({
    orders: z.strictObject({
      edges: edgesOf(
        z.strictObject({
          number: z.int(),
          status: z.string(),
          total: amount,
          lines: z.array(z.strictObject({ quantity: z.int(), product: named })),
        }),
      ).min(1),
    }),
  }),
  list: z.strictObject({
    products: z.strictObject({
      edges: edgesOf(
        z.strictObject({
          sku: z.string(),
          name: z.string(),
          packaging: z.string(),
          discontinued: z.boolean(),
          version: z.int(),
        }),
      ),
    }),
  }),
  orders20: z.strictObject({
    orders: z.strictObject({
      edges: edgesOf(
        z.strictObject({
          number: z.int(),
          status: z.string(),
          customer: named,
          lines: z.array(
            z.strictObject({
              quantity: z.int(),
              product: z.strictObject({ name: z.string(), category: named, supplier: named }),
            }),
          ),
        }),
      ),
    }),
  }),
  deep: z.strictObject({
    customer: z.strictObject({
      name: z.string(),
      orderCount: z.int(),
      orders: z.strictObject({
        totalCount: z.int(),
        edges: edgesOf(
          z.strictObject({
            number: z.int(),
            status: z.string(),
            total: amount,
            grandTotal: amount,
            lines: z.array(
              z.strictObject({
                quantity: z.int(),
                total: amount,
                product: z.strictObject({ name: z.string(), category: named }),
              }),
            ),
          }),
        ),
      }),
    }),
  }),
  pageFirst: page,
  page,
  place: z.strictObject({
    orderPlace: z.strictObject({
      userErrors: z.array(z.unknown()).max(0),
      order: z.strictObject({
        // Each contender places orders of its own.
        number: z.int().transform(() => 'some'),
        status: z.string(),
        total: amount,
        customer: named,
        lines: z.array(z.strictObject({ quantity: z.int(), product: named })),
      }),
    }),
  }),
} satisfies Record<Shape, z.ZodType>

/** A response in the form of Frontdoor's. */
export type Answer = z.input<(typeof answers)[Shape]>
