import { buildSchema, type ExecutionResult, graphql } from 'graphql'
import { z } from 'zod'
import { productOf, type Review } from './review.ts'

/** Reviews as a subgraph of Apollo Federation 2. It takes over `Product.reviews`, which Frontdoor has too. */
export const reviewsSdl = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@override", "@shareable"])
  type Query { reviewedProducts: [Product!]! }
  type Product @key(fields: "sku") { sku: String!  reviews: ProductReviews @override(from: "frontdoor") }
  type ProductReviews @shareable { count: Int!  averageRating: Float  latest: [Review!]! }
  type Review @shareable { rating: Int!  text: String!  writtenAt: DateTime! }
  scalar DateTime
`
const forRouters = `
  extend type Query { _service: _Service!  _entities(representations: [_Any!]!): [_Entity]! }
  type _Service { sdl: String! }
  union _Entity = Product
  scalar _Any
`
// A router knows the directives of federation, and graphql-js does not.
const schema = buildSchema(reviewsSdl + forRouters, { assumeValidSDL: true })
const products = z.array(z.object({ __typename: z.literal('Product'), sku: z.string() }))

interface Operation {
  query: string
  variables: Record<string, unknown>
}

export function executeAsSubgraph(
  { query, variables }: Operation,
  reviews: readonly Review[],
): Promise<ExecutionResult> {
  const product = (sku: string) => ({ __typename: 'Product', sku, reviews: productOf(sku, reviews) })
  const rootValue = {
    _service: { sdl: reviewsSdl },
    _entities: ({ representations }: { representations: unknown }) =>
      products.parse(representations).map(({ sku }) => product(sku)),
    reviewedProducts: () => [...new Set(reviews.map(({ sku }) => sku))].map(product),
  }
  return graphql({ schema, source: query, variableValues: variables, rootValue })
}
