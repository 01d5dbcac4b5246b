import { z } from 'zod'
import type { RemoteCall, RemoteSource, RemoteValues } from '../../platform/context.ts'
import { graphqlCall } from '../../platform/services/graphql-call.ts'

/** The GraphQL service that has what customers say of products. */
export const reviewsService: RemoteSource = {
  name: 'reviews',
  about: 'the service that has reviews of products',
  timeoutMs: 1000,
  parallel: 20,
}

export const longestReview = 2000
export const latestReviews = 10

const review = z.object({
  rating: z.int().min(1).max(5),
  text: z.string().max(longestReview),
  writtenAt: z.iso.datetime().transform((text) => new Date(text)),
})
const reviewsOfProduct = z.object({
  sku: z.string(),
  count: z.int().min(0),
  averageRating: z.number().min(1).max(5).nullable(),
  latest: z.array(review).max(latestReviews),
})

export type Review = z.infer<typeof review>
export type ProductReviews = z.infer<typeof reviewsOfProduct>

/** Reviews by SKU. */
export const productReviews: RemoteValues<ProductReviews> = {
  source: reviewsService,
  atOnce: 100,
  many: (skus) =>
    graphqlCall({
      document: `query Reviews($skus: [ID!]!, $first: Int!) {
        products(skus: $skus) { sku count averageRating latest(first: $first) { rating text writtenAt } }
      }`,
      variables: { skus, first: latestReviews },
      data: z
        .object({ products: z.array(reviewsOfProduct) })
        .transform(({ products }) => new Map(products.map((each) => [each.sku, each]))),
    }),
}

interface NewReview {
  sku: string
  /** The public id of the customer. */
  author: string
  rating: number
  text: string
}

export function addReview(input: NewReview, idempotencyKey: string): RemoteCall<unknown> {
  return graphqlCall({
    document: 'mutation ReviewAdd($input: ReviewInput!) { reviewAdd(input: $input) { rating } }',
    variables: { input },
    data: z.object({ reviewAdd: z.object({ rating: z.literal(input.rating) }) }),
    idempotencyKey,
  })
}
