import { randomUUID } from 'node:crypto'
import { ClientError, GraphQLClient } from 'graphql-request'
import { consistentFetch } from '../consistent-fetch.ts'
import { endpoint, headersOf } from '../server.ts'
import { graphql } from './generated/index.ts'

const client = new GraphQLClient(endpoint, { headers: headersOf('graphql-request'), fetch: consistentFetch })

const customerPage = graphql(`
  query CustomerPage($first: Int!, $after: String) {
    customers(first: $first, after: $after, filter: { country: "DE" }, sort: { field: NAME }) {
      totalCount
      edges {
        node {
          code
          name
        }
      }
      pageInfo {
        endCursor
      }
    }
  }
`)
const createCategory = graphql(`
  mutation CreateCategory($input: CategoryCreateInput!) {
    categoryCreate(input: $input) {
      category {
        name
        version
      }
      replayed
      userErrors {
        code
        path
      }
    }
  }
`)

const first = await client.request(customerPage, { first: 3 })
const second = await client.request(customerPage, { first: 3, after: first.customers?.pageInfo.endCursor })
const pages = [first, second].map(({ customers }) => customers?.edges.map(({ node }) => node.name))

// The idempotency key may be a header instead.
const key = { 'idempotency-key': randomUUID() }
const create = (headers: Record<string, string>) =>
  client.request(createCategory, { input: { name: 'Tableware' } }, headers)
const created = [await create(key), await create(key), await create({ 'idempotency-key': randomUUID() })]

// Errors are thrown, with the whole response.
const refused = await client.request(customerPage, { first: 101 }).catch((error) => {
  if (error instanceof ClientError) return error.response.errors?.map(({ extensions }) => extensions.code)
  throw error
})

console.log(
  JSON.stringify({
    germans: first.customers?.totalCount,
    pages,
    created: created.map(({ categoryCreate }) => categoryCreate),
    refused,
  }),
)
