import { type FragmentType, graphql, readFragment } from '../gql/index.ts'
import { countryName } from '../layout/country.ts'
import { dayOf } from '../layout/dates.ts'
import { ShipmentTracking } from './shipment-tracking.tsx'

const OrderShipmentsOrder = graphql(`
  fragment OrderShipmentsOrder on Order {
    id
    shipTo {
      recipient @include(if: $withPersonal)
      street @include(if: $withPersonal)
      postalCode @include(if: $withPersonal)
      city
      region
      country
    }
    shipments {
      id
      shippedAt
      trackingNumber
      carrier {
        id
        name
        phone
      }
      lines {
        quantity
        orderLine {
          id
          product {
            id
            name
          }
        }
      }
    }
  }
`)

export function OrderShipments({ order }: { order: FragmentType<typeof OrderShipmentsOrder> }) {
  const { id: orderId, shipTo, shipments } = readFragment(OrderShipmentsOrder, order)
  const { recipient, street, postalCode, city, region, country } = shipTo
  return (
    <section aria-labelledby="shipments">
      <h2 id="shipments">Delivery</h2>
      <address>
        {[recipient, street, [postalCode, city, region].filter(Boolean).join(' '), countryName(country)]
          .filter(Boolean)
          .map((line) => (
            <span key={line}>{line}</span>
          ))}
      </address>
      {shipments.length === 0 && <p className="muted">Nothing has been sent yet.</p>}
      <ul className="shipments">
        {shipments.map(({ id, shippedAt, trackingNumber, carrier, lines }) => (
          <li key={id}>
            <strong>
              Sent on {dayOf(shippedAt)} with {carrier.name}
            </strong>
            <span>{lines.map(({ quantity, orderLine }) => `${quantity} × ${orderLine.product.name}`).join(', ')}</span>
            {trackingNumber && <span className="muted">Tracking number {trackingNumber}</span>}
            {trackingNumber && <ShipmentTracking orderId={orderId} shipmentId={id} />}
            {carrier.phone && (
              <span className="muted">
                Ask {carrier.name}: {carrier.phone}
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}
