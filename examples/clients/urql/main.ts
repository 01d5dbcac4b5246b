import { randomUUID } from 'node:crypto'
import { client } from './client.ts'
import { graphql } from './generated/index.ts'

const orderPage = graphql(`
  query OrderPage($first: Int!, $after: String) {
    orders(first: $first, after: $after, sort: { field: PLACED_AT, direction: DESC }) {
      edges {
        node {
          id
          number
          status
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`)
const cancelOrder = graphql(`
  mutation CancelOrder($input: OrderCancelInput!) {
    orderCancel(input: $input) {
      order {
        id
        status
      }
      userErrors {
        code
        path
      }
    }
  }
`)

// The cache extends one list by each page, so the query of the next page returns all pages so far.
const first = await client.query(orderPage, { first: 2 })
if (first.error) throw first.error
const second = await client.query(orderPage, { first: 2, after: first.data?.orders?.pageInfo.endCursor })
const numbers = [first, second].map(({ data }) => data?.orders?.edges.map(({ node }) => node.number))

// Cached data needs no request.
const again = await client.query(orderPage, { first: 2 }, { requestPolicy: 'cache-only' })

const oldest = second.data?.orders?.edges.at(-1)?.node
if (!oldest) throw new Error('This caller has no orders.')
const cancelled = await client.mutation(cancelOrder, { input: { orderId: oldest.id, idempotencyKey: randomUUID() } })

// Errors come beside the data, each with its code.
const { error } = await client.query(graphql(`query Keys { apiKeys { totalCount } }`), {})
const refused = error?.graphQLErrors.map(({ extensions }) => extensions.code)

console.log(
  JSON.stringify({
    numbers,
    cached: again.data?.orders?.edges.length,
    cancel: [oldest.status, cancelled.data?.orderCancel?.userErrors],
    refused,
  }),
)
