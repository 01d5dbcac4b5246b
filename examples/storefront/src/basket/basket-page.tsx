import { useState } from 'react'
import { useQuery } from 'urql'
import { Link } from 'wouter'
import { graphql } from '../gql/index.ts'
import { Empty } from '../layout/empty.tsx'
import { FailureNotice } from '../layout/failure-notice.tsx'
import { Page } from '../layout/page.tsx'
import { SkeletonRows } from '../layout/skeleton.tsx'
import './basket.css'
import { useBasket } from './basket.ts'
import { BasketLineRow } from './basket-line-row.tsx'
import { BasketTotal } from './basket-total.tsx'

const Basket = graphql(`
  query Basket($ids: [ID!]!) {
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

export function BasketPage() {
  const basket = useBasket()
  const ids = useGrowing(basket.map(({ productId }) => productId))
  const [{ data, error }, ask] = useQuery({
    query: Basket,
    variables: { ids },
    pause: ids.length === 0,
    requestPolicy: 'cache-and-network',
  })
  const products = new Map(data?.nodes.flatMap((node) => (node?.__typename === 'Product' ? [[node.id, node]] : [])))
  return (
    <Page title="Your basket">
      {error && <FailureNotice error={error} retry={() => ask({ requestPolicy: 'network-only' })} />}
      {basket.length === 0 && (
        <Empty title="It is empty">
          <p>What you choose is kept here, also when you come back another day.</p>
          <Link href="/" className="button button-main">
            To all products
          </Link>
        </Empty>
      )}
      {basket.length > 0 && !data && !error && <SkeletonRows count={basket.length} />}
      {basket.length > 0 && data && (
        <div className="basket">
          <ul className="lines" aria-label="In your basket">
            {basket.map((line) => (
              <BasketLineRow key={line.productId} line={line} product={products.get(line.productId)} />
            ))}
          </ul>
          <div className="basket-side">
            <BasketTotal basket={basket} products={[...products.values()]} />
            <Link href="/checkout" className="button button-main">
              To the checkout
            </Link>
          </div>
        </div>
      )}
    </Page>
  )
}

/** A removed product needs no new response; a product that another tab adds does. */
function useGrowing(ids: readonly string[]): string[] {
  const [asked, setAsked] = useState([...ids])
  const added = ids.filter((id) => !asked.includes(id))
  if (added.length > 0) setAsked([...asked, ...added])
  return asked
}
