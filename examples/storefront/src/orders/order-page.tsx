import { useQuery } from 'urql'
import { useHistoryState } from 'wouter/use-browser-location'
import { useStream } from '../api/use-stream.ts'
import { graphql } from '../gql/index.ts'
import { FailureNotice } from '../layout/failure-notice.tsx'
import { NotFoundPage } from '../layout/not-found-page.tsx'
import { Page } from '../layout/page.tsx'
import { SkeletonRows } from '../layout/skeleton.tsx'
import { may, useSession } from '../sign-in/session.ts'
import { useSight } from '../sign-in/sight.ts'
import { OrderSheet } from './order-sheet.tsx'
import './orders.css'

const Order = graphql(`
  query Order($number: Int!, $withPersonal: Boolean!, $withCustomer: Boolean!, $withCarriers: Boolean!) {
    order(number: $number) {
      id
      ...OrderSheetOrder
    }
    carriers(first: 50) @include(if: $withCarriers) {
      edges {
        node {
          id
          ...ShipFormCarrier
        }
      }
    }
  }
`)

const OrderChanged = graphql(`
  subscription OrderChanged($id: ID!, $after: String, $withPersonal: Boolean!, $withCustomer: Boolean!) {
    orderChanged(id: $id, after: $after) {
      order {
        id
        ...OrderSheetOrder
      }
    }
  }
`)

export function OrderPage({ number }: { number: number }) {
  const isNew = useHistoryState<unknown>() === 'placed'
  const sight = useSight()
  const withCarriers = may(useSession(), 'orders:write')
  const [{ data, error }, ask] = useQuery({
    query: Order,
    variables: { number, ...sight, withCarriers },
    // The response to `orderPlace` had everything. Later the order may have changed since it was last read.
    requestPolicy: isNew ? 'cache-first' : 'cache-and-network',
  })
  const askAgain = () => ask({ requestPolicy: 'network-only' })
  useStream(OrderChanged, data?.order ? { id: data.order.id, ...sight } : undefined)
  if (data && !data.order && !error) return <NotFoundPage title="There is no such order" />
  return (
    <Page title={`Order ${number}`}>
      {error && <FailureNotice error={error} retry={askAgain} />}
      {isNew && <p className="notice">Thank you. We have your order; here you see how it goes on.</p>}
      {!data?.order && !error && <SkeletonRows count={4} />}
      {data?.order && <OrderSheet order={data.order} carriers={data.carriers?.edges.map(({ node }) => node) ?? []} />}
    </Page>
  )
}
