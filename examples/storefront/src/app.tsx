import { lazy, Suspense, useMemo } from 'react'
import { Provider } from 'urql'
import { Route, Router, Switch } from 'wouter'
import { createClient } from './api/client.ts'
import { BasketPage } from './basket/basket-page.tsx'
import { CataloguePage } from './catalogue/catalogue-page.tsx'
import { ProductPage } from './catalogue/product-page.tsx'
import { CheckoutPage } from './checkout/checkout-page.tsx'
import { NotFoundPage } from './layout/not-found-page.tsx'
import { Page } from './layout/page.tsx'
import { Shell } from './layout/shell.tsx'
import { MyDataPage } from './my-data/my-data-page.tsx'
import { OrderPage } from './orders/order-page.tsx'
import { OrdersPage } from './orders/orders-page.tsx'
import { useSession } from './sign-in/session.ts'
import { SignInPage } from './sign-in/sign-in-page.tsx'
import { SignedInOnly } from './sign-in/signed-in-only.tsx'

/** Loaded for staff only. */
const StaffPages = lazy(() => import('./staff/staff-pages.tsx'))

export function App() {
  const session = useSession()
  const token = session?.token
  const endpoint = session?.viewer.kind === 'staff' ? 'backOffice' : 'storefront'
  const client = useMemo(() => createClient(token, endpoint), [token, endpoint])
  return (
    <Provider value={client}>
      <Router base="/shop">
        <Shell>
          <Suspense fallback={<Page title={undefined}>{null}</Page>}>
            <Pages />
          </Suspense>
        </Shell>
      </Router>
    </Provider>
  )
}

function Pages() {
  return (
    <Switch>
      <Route path="/" component={CataloguePage} />
      <Route path="/products/:sku">{({ sku }) => <ProductPage key={sku} sku={sku} />}</Route>
      <Route path="/basket" component={BasketPage} />
      <Route path="/checkout">
        <SignedInOnly kind="customer">
          <CheckoutPage />
        </SignedInOnly>
      </Route>
      <Route path="/orders">
        <SignedInOnly>
          <OrdersPage />
        </SignedInOnly>
      </Route>
      <Route path="/orders/:number">
        {({ number }) => (
          <SignedInOnly>
            {/^\d{1,9}$/.test(number) ? <OrderPage key={number} number={Number(number)} /> : <NotFoundPage />}
          </SignedInOnly>
        )}
      </Route>
      <Route path="/my-data">
        <SignedInOnly kind="customer">
          <MyDataPage />
        </SignedInOnly>
      </Route>
      <Route path="/staff/*?" component={StaffPages} />
      <Route path="/sign-in" component={SignInPage} />
      <Route>
        <NotFoundPage />
      </Route>
    </Switch>
  )
}
