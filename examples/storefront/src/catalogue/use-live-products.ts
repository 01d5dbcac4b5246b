import { useStream } from '../api/use-stream.ts'
import { graphql } from '../gql/index.ts'

const ProductChanged = graphql(`
  subscription ProductChanged($ids: [ID!]!, $after: String) {
    productChanged(ids: $ids, after: $after) {
      product {
        id
        unitPrice {
          ...Amount
        }
        ...AvailabilityProduct
        ...AddToBasketProduct
      }
    }
  }
`)

/** The most products of one stream. */
const most = 100

/** The cache updates price and stock wherever these products are shown. */
export function useLiveProducts(ids: readonly string[]): void {
  useStream(ProductChanged, ids.length > 0 ? { ids: ids.slice(0, most) } : undefined)
}
