import { useState } from 'react'
import { useQuery } from 'urql'
import { Redirect } from 'wouter'
import '../basket/basket.css'
import { useBasket } from '../basket/basket.ts'
import { graphql } from '../gql/index.ts'
import { FailureNotice } from '../layout/failure-notice.tsx'
import { Page } from '../layout/page.tsx'
import { SkeletonRows } from '../layout/skeleton.tsx'
import './checkout.css'
import { PlaceOrderForm } from './place-order-form.tsx'

const Checkout = graphql(`
  query Checkout($ids: [ID!]!) {
    viewer {
      customer {
        id
        addresses {
          id
          ...AddressChoiceAddress
        }
      }
    }
    nodes(ids: $ids) {
      __typename
      id
      ... on Product {
        ...BasketLineProduct
        ...BasketTotalProduct
      }
    }
  }
`)

export function CheckoutPage() {
  const basket = useBasket()
  const [ids] = useState(() => basket.map(({ productId }) => productId))
  const [{ data, error }, ask] = useQuery({
    query: Checkout,
    variables: { ids },
    pause: ids.length === 0,
    requestPolicy: 'cache-and-network',
  })
  const askAgain = () => ask({ requestPolicy: 'network-only' })
  const addresses = data?.viewer.customer?.addresses
  const products = new Map(data?.nodes.flatMap((node) => (node?.__typename === 'Product' ? [[node.id, node]] : [])))
  if (ids.length === 0) return <Redirect href="/basket" replace />
  return (
    <Page title="Place your order">
      {error && <FailureNotice error={error} retry={askAgain} />}
      {!addresses && !error && <SkeletonRows count={4} />}
      {addresses && <PlaceOrderForm basket={basket} products={products} addresses={addresses} onRefused={askAgain} />}
    </Page>
  )
}
