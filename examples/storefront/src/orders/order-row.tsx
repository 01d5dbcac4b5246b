import { Link } from 'wouter'
import { type FragmentType, graphql, readFragment } from '../gql/index.ts'
import { countryName } from '../layout/country.ts'
import { dayOf } from '../layout/dates.ts'
import { Money } from '../layout/money.tsx'
import { OrderStatus } from './order-status.tsx'

const OrderRowOrder = graphql(`
  fragment OrderRowOrder on Order {
    id
    number
    placedAt
    grandTotal {
      ...Amount
    }
    shipTo {
      city
      country
    }
    customer @include(if: $withCustomer) {
      id
      name
    }
    ...OrderStatusOrder
  }
`)

export function OrderRow({ order }: { order: FragmentType<typeof OrderRowOrder> }) {
  const { number, placedAt, grandTotal, shipTo, customer, ...rest } = readFragment(OrderRowOrder, order)
  return (
    <li className="order-row">
      <Link href={`/orders/${number}`} className="order-link">
        Order {number}
      </Link>
      <span className="muted">
        {[customer?.name, shipTo.city, countryName(shipTo.country)].filter(Boolean).join(', ')}
      </span>
      <span className="muted">{dayOf(placedAt)}</span>
      <OrderStatus order={rest} />
      <Money of={grandTotal} className="price" />
    </li>
  )
}
