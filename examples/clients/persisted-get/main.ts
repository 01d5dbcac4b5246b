import { endpoint, headersOf } from '../server.ts'
import type { TypedDocumentString } from './generated/graphql.ts'
import { graphql } from './generated/index.ts'

const productPage = graphql(`
  query ProductPage($first: Int!, $after: String) {
    products(first: $first, after: $after, sort: { field: NAME }) {
      edges {
        node {
          name
          unitPrice {
            amount
          }
        }
      }
      pageInfo {
        endCursor
      }
    }
  }
`)

/** The stored part of a response: the data, and the tag that asks whether they have changed. */
interface Stored<Result> {
  status: number
  etag: string | null
  cacheControl: string | null
  data: Result
}

/** Requests a document of the manifest by its id, with GET, so that HTTP caches may store the response. */
async function get<Result, Variables>(
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
  stored?: Stored<Result>,
): Promise<Stored<Result>> {
  const search = new URLSearchParams({ documentId: document.__meta__?.hash, variables: JSON.stringify(variables) })
  const response = await fetch(`${endpoint}?${search}`, {
    headers: {
      accept: 'application/graphql-response+json',
      ...headersOf('persisted-get'),
      ...(stored?.etag && { 'if-none-match': stored.etag }),
    },
  })
  const { status, headers } = response
  if (stored && status === 304) return { ...stored, status }
  const { data, errors } = await response.json()
  if (errors) throw new Error(`${errors[0].extensions.code}: ${errors[0].message}`)
  return { status, etag: headers.get('etag'), cacheControl: headers.get('cache-control'), data }
}

const first = await get(productPage, { first: 3 })
const again = await get(productPage, { first: 3 }, first)
const next = await get(productPage, { first: 3, after: first.data.products?.pageInfo.endCursor })

console.log(
  JSON.stringify(
    [first, again, next].map(({ status, cacheControl, data }) => ({
      status,
      cacheControl,
      names: data.products?.edges.map(({ node }) => node.name),
    })),
  ),
)
