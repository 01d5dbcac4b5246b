import { useQuery } from 'urql'
import type { TrackingStatus } from '../gql/graphql.ts'
import { graphql } from '../gql/index.ts'
import { dateOf, dayOf } from '../layout/dates.ts'

const Tracking = graphql(`
  query Tracking($id: ID!) {
    order(id: $id) {
      id
      shipments {
        id
        tracking {
          status
          place
          expectedOn
          updatedAt
        }
      }
    }
  }
`)

const words: Record<TrackingStatus, string> = {
  ANNOUNCED: 'The carrier expects it',
  IN_TRANSIT: 'On its way',
  OUT_FOR_DELIVERY: 'In the van, it comes today',
  DELIVERED: 'Handed over',
  RETURNED: 'On its way back to us',
}

/** Where a parcel is. It comes from the carrier, so the page neither waits for it nor fails with it. */
export function ShipmentTracking({ orderId, shipmentId }: { orderId: string; shipmentId: string }) {
  // All parcels of an order share one request.
  const [{ data, error, fetching }] = useQuery({ query: Tracking, variables: { id: orderId } })
  const tracking = data?.order?.shipments.find(({ id }) => id === shipmentId)?.tracking
  if (fetching && !tracking)
    return (
      <span className="muted" aria-busy="true">
        Asking the carrier where it is …
      </span>
    )
  if (tracking) {
    const { status, place, expectedOn, updatedAt } = tracking
    return (
      <span>
        {[words[status], place].filter(Boolean).join(', ')}
        <span className="muted">
          {' '}
          (seen on {dayOf(updatedAt)}
          {expectedOn && status !== 'DELIVERED' && `, expected on ${dateOf(expectedOn)}`})
        </span>
      </span>
    )
  }
  return (
    <span className="muted">
      {error ? 'The carrier does not say right now where it is.' : 'The carrier does not know it yet.'}
    </span>
  )
}
