import { buildSchema, graphql } from 'graphql'
import { z } from 'zod'
import { type ServiceAnswer, type ServiceRequest, startService } from './service.ts'

const schema = buildSchema(`
  type Query { products(skus: [ID!]!): [Product!]! }
  type Mutation { reviewAdd(input: ReviewInput!): Review! }
  type Product { sku: ID!  count: Int!  averageRating: Float  latest(first: Int!): [Review!]! }
  type Review { rating: Int!  text: String!  writtenAt: String! }
  input ReviewInput { sku: ID!  author: String!  rating: Int!  text: String! }
`)
const operation = z.object({ query: z.string(), variables: z.record(z.string(), z.unknown()).default({}) })

interface Review {
  sku: string
  author: string
  rating: number
  text: string
  writtenAt: string
}

interface Options {
  port?: number
  cacheControl?: string
  onRequest?: (request: ServiceRequest) => void | Promise<void>
}

/** A GraphQL service that keeps reviews in memory. `Idempotency-Key` makes a mutation safe to repeat. */
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

  async function answer({ headers, body }: ServiceRequest): Promise<ServiceAnswer> {
    const { query, variables } = operation.parse(body)
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

function productOf(sku: string, reviews: readonly Review[]) {
  const own = reviews.filter((review) => review.sku === sku)
  const sum = own.reduce((total, { rating }) => total + rating, 0)
  return {
    sku,
    count: own.length,
    averageRating: own.length === 0 ? null : sum / own.length,
    latest: ({ first }: { first: number }) => own.slice(0, first),
  }
}
