import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { RequestError, request } from './request.ts'

// Pages of products, three at a time.
const productPage = z.object({
  products: z.object({
    edges: z.array(z.object({ node: z.object({ id: z.string(), name: z.string() }) })),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
  }),
})
const products = (after: string | null) =>
  request(
    productPage,
    `query ProductPage($after: String) {
      products(first: 3, after: $after, filter: { inStock: true, discontinued: false }, sort: { field: NAME }) {
        edges { node { id name } }
        pageInfo { hasNextPage endCursor }
      }
    }`,
    { after },
  )
const first = await products(null)
const second = await products(first.products.pageInfo.endCursor)
const pages = [first, second].map((page) => page.products.edges.map(({ node }) => node.name))

// Places an order. Every attempt sends the same key, so the order is placed once.
const orderPlace = z.object({
  orderPlace: z.object({
    order: z.object({ number: z.number(), total: z.object({ amount: z.string(), currency: z.string() }) }).nullable(),
    replayed: z.boolean(),
    userErrors: z.array(z.object({ code: z.string(), path: z.array(z.string()), message: z.string() })),
  }),
})
const input = {
  idempotencyKey: randomUUID(),
  lines: [{ productId: second.products.edges[2]?.node.id, quantity: 2 }],
  shipTo: { recipient: 'Maria Anders', street: 'Obere Str. 57', city: 'Berlin', postalCode: '12209', country: 'DE' },
}
const place = () =>
  request(
    orderPlace,
    `mutation PlaceOrder($input: OrderPlaceInput!) {
      orderPlace(input: $input) {
        order { number total { amount currency } }
        replayed
        userErrors { code path message }
      }
    }`,
    { input },
  )
const { orderPlace: placed } = await place()
const { orderPlace: again } = await place()

// An error has a code.
const refused = await request(z.unknown(), 'query One($id: ID!) { product(id: $id) { name } }', { id: 'chai' }).catch(
  (error) => {
    if (error instanceof RequestError) return error.code
    throw error
  },
)

console.log(JSON.stringify({ pages, placed, again, refused }))
