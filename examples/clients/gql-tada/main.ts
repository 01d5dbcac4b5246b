import { Client, fetchExchange } from '@urql/core'
import { endpoint, headersOf } from '../server.ts'
import { graphql, readFragment } from './graphql.ts'

const client = new Client({
  url: endpoint,
  exchanges: [fetchExchange],
  fetchOptions: { headers: headersOf('gql-tada') },
  preferGetMethod: false,
})

const productLine = graphql(`
  fragment ProductLine on Product @_unmask {
    name
    unitPrice {
      amount
      currency
    }
  }
`)
const categoryPage = graphql(
  `
    query CategoryPage($first: Int!, $after: String) {
      categories(first: 1, sort: { field: NAME }) {
        edges {
          node {
            name
            products(first: $first, after: $after, sort: { field: PRICE, direction: DESC }) {
              edges {
                node {
                  ...ProductLine
                }
              }
              pageInfo {
                endCursor
              }
            }
          }
        }
      }
    }
  `,
  [productLine],
)

async function dearest(after?: string | null) {
  const { data, error } = await client.query(categoryPage, { first: 2, after })
  if (error) throw error
  return data?.categories?.edges[0]?.node
}
const first = await dearest()
const second = await dearest(first?.products?.pageInfo.endCursor)
const pages = [first, second].map((category) =>
  category?.products?.edges.map(({ node }) => {
    const { name, unitPrice } = readFragment(productLine, node)
    return `${name} ${unitPrice.amount} ${unitPrice.currency}`
  }),
)

// A cursor is valid for its own list only.
const { error } = await client.query(categoryPage, { first: 2, after: 'the second page' })
const refused = error?.graphQLErrors.map(({ extensions }) => extensions.code)

console.log(JSON.stringify({ category: first?.name, pages, refused }))
