import { type FragmentType, graphql, readFragment } from '../gql/index.ts'
import { dateOf, dayOf } from '../layout/dates.ts'
import type { Carriers } from '../staff/ship-form.tsx'
import { OrderActions } from './order-actions.tsx'
import { OrderLines } from './order-lines.tsx'
import { OrderShipments } from './order-shipments.tsx'
import { OrderStatus } from './order-status.tsx'
import { OrderTimeline } from './order-timeline.tsx'

/** Everything the order page shows. Each mutation of an order returns it, so no mutation needs a query afterwards. */
const OrderSheetOrder = graphql(`
  fragment OrderSheetOrder on Order {
    id
    version
    placedAt
    requiredDate
    customer @include(if: $withCustomer) {
      id
      name
    }
    ...OrderStatusOrder
    ...OrderActionsOrder
    ...OrderLinesOrder
    ...OrderShipmentsOrder
    ...OrderTimelineOrder
  }
`)

type Props = { order: FragmentType<typeof OrderSheetOrder>; carriers: Carriers }

export function OrderSheet({ order, carriers }: Props) {
  const sheet = readFragment(OrderSheetOrder, order)
  return (
    <>
      <p className="order-head">
        <OrderStatus order={sheet} />
        <span className="muted">
          Placed on {dayOf(sheet.placedAt)}
          {sheet.customer && ` by ${sheet.customer.name}`}
          {sheet.requiredDate && `, wanted by ${dateOf(sheet.requiredDate)}`}
        </span>
      </p>
      <OrderActions order={sheet} carriers={carriers} />
      <div className="order-parts">
        <OrderLines order={sheet} />
        <div className="stack">
          <OrderShipments order={sheet} />
          <OrderTimeline order={sheet} />
        </div>
      </div>
    </>
  )
}
