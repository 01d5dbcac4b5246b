import { type ReactNode, useState } from 'react'
import { useQuery } from 'urql'
import { useStream } from '../api/use-stream.ts'
import type { OrderFilter } from '../gql/graphql.ts'
import { graphql } from '../gql/index.ts'
import { FailureNotice } from '../layout/failure-notice.tsx'
import { ShowMore } from '../layout/show-more.tsx'
import { SkeletonRows } from '../layout/skeleton.tsx'
import { useSight } from '../sign-in/sight.ts'
import { OrderRow } from './order-row.tsx'
import './orders.css'

const Orders = graphql(`
  query Orders($first: Int!, $after: String, $filter: OrderFilter, $withCustomer: Boolean!) {
    orders(first: $first, after: $after, filter: $filter, sort: { field: PLACED_AT, direction: DESC }) {
      edges {
        node {
          id
          ...OrderRowOrder
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`)

/** The cache updates the rows of these orders. */
const OrdersChanged = graphql(`
  subscription OrdersChanged($after: String) {
    ordersChanged(after: $after) {
      order {
        id
        version
        ...OrderStatusOrder
      }
    }
  }
`)

const pageSize = 20

/** Has a `key` for each filter, so that another list begins at its first page. */
export function OrderList({ filter, none }: { filter?: OrderFilter; none: ReactNode }) {
  const { withCustomer } = useSight()
  const [after, setAfter] = useState<string>()
  const [{ data, fetching, error }, ask] = useQuery({
    query: Orders,
    variables: { first: pageSize, after, filter, withCustomer },
  })
  const orders = data?.orders
  useStream(OrdersChanged, {})
  return (
    <>
      {error && <FailureNotice error={error} retry={() => ask({ requestPolicy: 'network-only' })} />}
      {!orders && !error && <SkeletonRows count={6} />}
      {orders?.edges.length === 0 && !error && none}
      {orders && (
        <ul className="order-rows" aria-label="Orders">
          {orders.edges.map(({ node }) => (
            <OrderRow key={node.id} order={node} />
          ))}
        </ul>
      )}
      <ShowMore
        hasMore={orders?.pageInfo.hasNextPage === true && !error}
        isLoading={fetching && after !== undefined}
        onMore={() => orders?.pageInfo.endCursor && setAfter(orders.pageInfo.endCursor)}
      />
    </>
  )
}
