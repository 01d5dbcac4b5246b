import { Link, useSearchParams } from 'wouter'
import { SelectField } from '../form/field.tsx'
import type { OrderFilter } from '../gql/graphql.ts'
import { Empty } from '../layout/empty.tsx'
import { Page } from '../layout/page.tsx'
import { OrderList } from '../orders/order-list.tsx'

const views = {
  ready: { label: 'Paid, ready to ship', filter: { unshipped: true, status: ['PAID', 'PARTIALLY_SHIPPED'] } },
  unpaid: { label: 'Waiting for payment', filter: { status: ['PLACED'] } },
} satisfies Record<string, { label: string; filter: OrderFilter }>

export function OrdersToShipPage() {
  const [search, setSearch] = useSearchParams()
  const view = search.get('show') === 'unpaid' ? 'unpaid' : 'ready'
  return (
    <Page title="Orders to ship">
      <SelectField
        label="Show"
        className="narrow-field"
        value={view}
        onChange={(event) => setSearch({ show: event.target.value }, { replace: true })}
      >
        {Object.entries(views).map(([name, { label }]) => (
          <option key={name} value={name}>
            {label}
          </option>
        ))}
      </SelectField>
      <OrderList
        key={view}
        filter={views[view].filter}
        none={
          <Empty title="All done">
            <p>No order waits here now.</p>
            {view === 'ready' && <Link href="/staff/orders?show=unpaid">See what waits for payment</Link>}
          </Empty>
        }
      />
    </Page>
  )
}
