import { Link } from 'wouter'
import { Empty } from '../layout/empty.tsx'
import { Page } from '../layout/page.tsx'
import { useSession } from '../sign-in/session.ts'
import { OrderList } from './order-list.tsx'

export function OrdersPage() {
  const isStaff = useSession()?.viewer.kind === 'staff'
  return (
    <Page title={isStaff ? 'All orders' : 'My orders'}>
      <OrderList
        none={
          <Empty title="No orders yet">
            <p>What you order is listed here, with how far it has come.</p>
            <Link href="/" className="button button-main">
              To all products
            </Link>
          </Empty>
        }
      />
    </Page>
  )
}
