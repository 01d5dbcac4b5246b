import { type FragmentType, graphql, readFragment } from '../gql/index.ts'
import { momentOf } from '../layout/dates.ts'

const OrderTimelineOrder = graphql(`
  fragment OrderTimelineOrder on Order {
    id
    placedAt
    timeline {
      sequence
      topic
      occurredAt
    }
  }
`)

/** A topic that a later version of the API adds is shown by its name. */
const happenings: Record<string, string> = {
  'order.placed': 'Order placed',
  'order.lines_updated': 'Products changed',
  'order.cancelled': 'Order cancelled',
  'order.shipped': 'Shipment sent',
  'order.delivered': 'Arrived',
  'order.returned': 'Products sent back',
  'payment.recorded': 'Payment received',
  'payment.refunded': 'Money given back',
  'invoice.issued': 'Invoice issued',
  'credit_note.issued': 'Credit note issued',
}

export function OrderTimeline({ order }: { order: FragmentType<typeof OrderTimelineOrder> }) {
  const { timeline, placedAt } = readFragment(OrderTimelineOrder, order)
  return (
    <section aria-labelledby="timeline">
      <h2 id="timeline">What happened</h2>
      <ol className="timeline">
        {timeline.length === 0 && <Happening name="Order placed" at={placedAt} />}
        {timeline.map(({ sequence, topic, occurredAt }) => (
          <Happening key={sequence} name={happenings[topic] ?? topic} at={occurredAt} />
        ))}
      </ol>
    </section>
  )
}

function Happening({ name, at }: { name: string; at: string }) {
  return (
    <li>
      {name} <time dateTime={at}>{momentOf(at)}</time>
    </li>
  )
}
