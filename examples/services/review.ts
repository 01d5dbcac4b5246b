export interface Review {
  sku: string
  author: string
  rating: number
  text: string
  writtenAt: string
}

/** What reviews say of a product, as GraphQL fields. */
export function productOf(sku: string, reviews: readonly Review[]) {
  const own = reviews.filter((review) => review.sku === sku)
  const sum = own.reduce((total, { rating }) => total + rating, 0)
  return {
    sku,
    count: own.length,
    averageRating: own.length === 0 ? null : sum / own.length,
    latest: ({ first = 10 }: { first?: number }) => own.slice(0, first),
  }
}
