import { buildSchema, graphql } from 'graphql'
import { z } from 'zod'
import { productOf, type Review } from './review.ts'
import { executeAsSubgraph } from './reviews-subgraph.ts'
import { type ServiceAnswer, type ServiceRequest, startService } from './service.ts'

const schema = buildSchema(`
  type Query { products(skus: [ID!]!): [Product!]! }
  type Mutation { reviewAdd(input: ReviewInput!): Review! }
  type Product { sku: ID!  count: Int!  averageRating: Float  latest(first: Int!): [Review!]! }
  type Review { rating: Int!  text: String!  writtenAt: String! }
  input ReviewInput { sku: ID!  author: String!  rating: Int!  text: String! }
`)
const operation = z.object({ query: z.string(), variables: z.record(z.string(), z.unknown()).default({}) })

interface Options {
  port?: number
  cacheControl?: string
  onRequest?: (request: ServiceRequest) => void | Promise<void>
}

/**
 * A GraphQL service that keeps reviews in memory. `Idempotency-Key` makes a mutation safe to repeat. At `/subgraph` it is a
 * subgraph of a federation.
 */
export async function startReviews({ cacheControl = 'max-age=10', ...options }: Options = {}) {
  const reviews: Review[] = []
  const byKey = new Map<string, Review>()

  function add(input: Omit<Review, 'writtenAt'>, key: string | undefined): Review {
    const known = key === undefined ? undefined : byKey.get(key)
    if (known && (known.text !== input.text || known.rating !== input.rating))
      throw new Error('the key was used before')
    if (known) return known
    const review = { ...input, writtenAt: new Date().toISOString() }
    reviews.unshift(review)
    if (key !== undefined) byKey.set(key, review)
    return review
  }

  async function answer({ path, headers, body }: ServiceRequest): Promise<ServiceAnswer> {
    const { query, variables } = operation.parse(body)
    if (path === '/subgraph') return { body: await executeAsSubgraph({ query, variables }, reviews) }
    const key = headers['idempotency-key']
    const rootValue = {
      products: ({ skus }: { skus: string[] }) => skus.map((sku) => productOf(sku, reviews)),
      reviewAdd: ({ input }: { input: Omit<Review, 'writtenAt'> }) => add(input, key?.toString()),
    }
    const result = await graphql({ schema, source: query, variableValues: variables, rootValue })
    return { headers: { 'cache-control': cacheControl }, body: result }
  }

  const service = await startService({ ...options, answer })
  return { ...service, reviews }
}
