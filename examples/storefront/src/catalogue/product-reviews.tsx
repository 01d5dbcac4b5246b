import { useQuery } from 'urql'
import { graphql } from '../gql/index.ts'
import { dayOf } from '../layout/dates.ts'
import { SkeletonRows } from '../layout/skeleton.tsx'

const Reviews = graphql(`
  query Reviews($sku: String!) {
    product(sku: $sku) {
      id
      reviews {
        count
        averageRating
        latest {
          rating
          text
          writtenAt
        }
      }
    }
  }
`)

/** What customers say. It comes from another service, so the page neither waits for it nor fails with it. */
export function ProductReviews({ sku }: { sku: string }) {
  const [{ data, error, fetching }] = useQuery({ query: Reviews, variables: { sku } })
  const reviews = data?.product?.reviews
  return (
    <section aria-labelledby="reviews" className="reviews">
      <h2 id="reviews">What customers say</h2>
      {fetching && !reviews && <SkeletonRows count={1} />}
      {error && !reviews && (
        <p className="muted">Reviews cannot be shown right now. Everything else works as always.</p>
      )}
      {!fetching && !error && !reviews?.count && <p className="muted">Nobody has reviewed this yet.</p>}
      {reviews && reviews.count > 0 && (
        <>
          <p>
            <strong>{reviews.averageRating?.toFixed(1)} of 5</strong>
            <span className="muted"> from {reviews.count === 1 ? 'one review' : `${reviews.count} reviews`}</span>
          </p>
          <ul>
            {reviews.latest.map(({ rating, text, writtenAt }) => (
              <li key={`${writtenAt} ${text}`}>
                <strong>{rating} of 5</strong>
                <span>{text}</span>
                <span className="muted">{dayOf(writtenAt)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  )
}
