import { randomUUID } from 'node:crypto'
import { CombinedGraphQLErrors } from '@apollo/client'
import { filter, firstValueFrom, map, tap } from 'rxjs'
import { client } from './client.ts'
import { graphql } from './generated/index.ts'

const productPage = graphql(`
  query ProductPage($first: Int!, $after: String, $filter: ProductFilter) {
    products(first: $first, after: $after, filter: $filter, sort: { field: NAME }) {
      edges {
        node {
          id
          name
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`)
const ownData = graphql(`
  query OwnData {
    viewer {
      customer {
        id
        version
        contactTitle
      }
    }
  }
`)
const updateCustomer = graphql(`
  mutation UpdateCustomer($input: CustomerUpdateInput!) {
    customerUpdate(input: $input) {
      customer {
        id
        version
        contactTitle
      }
      userErrors {
        code
        path
      }
    }
  }
`)

// A list that grows with each page. Each change notifies its watchers.
const list = client.watchQuery({ query: productPage, variables: { first: 3, filter: { discontinued: false } } })
const shown = list.pipe(
  tap(({ error }) => {
    if (error) throw error
  }),
  filter((result) => result.dataState === 'complete'),
  map(({ data }) => data.products?.edges.map(({ node }) => node.name) ?? []),
)
const watching = shown.subscribe()
const first = await firstValueFrom(shown)
await list.fetchMore({ variables: { after: list.getCurrentResult().data?.products?.pageInfo?.endCursor } })
const both = await firstValueFrom(shown.pipe(filter((names) => names.length > first.length)))
watching.unsubscribe()

// An update of an object with a version. The cache has it under its id, so every watcher shows the result.
const customer = (await client.query({ query: ownData })).data?.viewer.customer
if (!customer) throw new Error('Only customers have data of their own: set FRONTDOOR_TOKEN.')
const change = (contactTitle: string) => {
  const { id: customerId, version } = customer
  return client.mutate({
    mutation: updateCustomer,
    variables: { input: { customerId, version, contactTitle, idempotencyKey: randomUUID() } },
  })
}
const changed = await change(customer.contactTitle === 'Owner' ? 'Partner' : 'Owner')
const cached = client.readQuery({ query: ownData })?.viewer.customer

// With the old version, it would overwrite another person's change.
const stale = await change('Marketing Manager')

// Errors are thrown, each with its code.
const refused = await client
  .query({ query: graphql(`query Keys { apiKeys { totalCount } }`) })
  .then(() => undefined)
  .catch((error) => {
    if (CombinedGraphQLErrors.is(error)) return error.errors.map(({ extensions }) => extensions?.code)
    throw error
  })

console.log(
  JSON.stringify({
    first,
    both,
    userErrors: changed.data?.customerUpdate?.userErrors,
    title: cached?.contactTitle,
    isNewer: cached?.version === customer.version + 1,
    stale: stale.data?.customerUpdate?.userErrors,
    refused,
  }),
)
