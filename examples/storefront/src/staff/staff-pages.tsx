import { Route, Switch } from 'wouter'
import { NotFoundPage } from '../layout/not-found-page.tsx'
import { SignedInOnly } from '../sign-in/signed-in-only.tsx'
import { OrdersToShipPage } from './orders-to-ship-page.tsx'
import { ProductEditPage } from './product-edit-page.tsx'
import { ProductNewPage } from './product-new-page.tsx'
import './staff.css'

export default function StaffPages() {
  return (
    <Switch>
      <Route path="/staff/orders">
        <SignedInOnly scope="orders:write">
          <OrdersToShipPage />
        </SignedInOnly>
      </Route>
      <Route path="/staff/products/new">
        <SignedInOnly scope="catalog:write">
          <ProductNewPage />
        </SignedInOnly>
      </Route>
      <Route path="/staff/products/:sku">
        {({ sku }) => (
          <SignedInOnly scope="catalog:write">
            <ProductEditPage key={sku} sku={sku} />
          </SignedInOnly>
        )}
      </Route>
      <Route>
        <NotFoundPage />
      </Route>
    </Switch>
  )
}
