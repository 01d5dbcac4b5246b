import { randomUUID } from 'node:crypto'
import { execute } from './execute.ts'
import { graphql, readFragment } from './generated/index.ts'

const orderLine = graphql(`
  fragment OrderLine on Order {
    number
    status
    total {
      amount
      currency
    }
  }
`)
const orderPage = graphql(`
  query OrderPage($first: Int!, $after: String) {
    orders(first: $first, after: $after, sort: { field: NUMBER }) {
      edges {
        node {
          ...OrderLine
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`)
const placeOrder = graphql(`
  mutation PlaceOrder($input: OrderPlaceInput!) {
    orderPlace(input: $input) {
      order {
        number
      }
      userErrors {
        code
        path
        message
      }
    }
  }
`)

// All orders of the viewer, at most 100 at a time.
const orders: string[] = []
let requests = 0
let after: string | null | undefined
do {
  const { data, errors } = await execute(orderPage, { first: 10, after })
  requests++
  if (!data?.orders) throw new Error(`${errors?.[0]?.extensions.code}: ${errors?.[0]?.message}`)
  for (const { node } of data.orders.edges) {
    const { number, status, total } = readFragment(orderLine, node)
    orders.push(`${number} ${status} ${total.amount} ${total.currency}`)
  }
  after = data.orders.pageInfo.hasNextPage ? data.orders.pageInfo.endCursor : null
} while (after)

// A user error is no GraphQL error: it has the path of the input, for the form that shows it.
const { data } = await execute(placeOrder, {
  input: {
    idempotencyKey: randomUUID(),
    lines: [],
    shipTo: { recipient: '', street: '12, rue des Bouchers', city: 'Marseille', postalCode: '13008', country: 'FR' },
  },
})
const faults = data?.orderPlace?.userErrors.map(({ code, path }) => `${path.join('.')} ${code}`)

// A denied field has an error with its path; `data` has the other fields.
const { errors } = await execute(graphql(`query Keys { viewer { kind } apiKeys { totalCount } }`), {})
const denied = errors?.map(({ extensions }) => extensions.code)

console.log(JSON.stringify({ requests, orders, faults, denied }))
