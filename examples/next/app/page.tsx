import Link from 'next/link'
import { read } from '../api/execute.ts'
import { graphql } from '../gql/index.ts'

const pageSize = 10

// SKUs count up, so the newest products come first.
const ProductPage = graphql(`
  query ProductPage($first: Int, $after: String, $last: Int, $before: String) {
    viewer {
      scopes
    }
    products(first: $first, after: $after, last: $last, before: $before, sort: { field: SKU, direction: DESC }) {
      edges {
        node {
          id
          sku
          name
          unitPrice {
            amount
            currency
          }
        }
      }
      pageInfo {
        hasPreviousPage
        hasNextPage
        startCursor
        endCursor
      }
    }
  }
`)

export default async function Products({ searchParams }: PageProps<'/'>) {
  const { after, before } = await searchParams
  const isBackwards = typeof before === 'string'
  const { viewer, products } = await read(
    ProductPage,
    isBackwards ? { last: pageSize, before } : { first: pageSize, ...(typeof after === 'string' && { after }) },
  )
  return (
    <>
      <h1>Products</h1>
      {viewer.scopes.includes('catalog:write') && <Link href="/products/new">New product</Link>}
      <table>
        <thead>
          <tr>
            <th>SKU</th>
            <th>Name</th>
            <th>Price</th>
          </tr>
        </thead>
        <tbody>
          {products?.edges.map(({ node }) => (
            <tr key={node.id}>
              <td>{node.sku}</td>
              <td>{node.name}</td>
              <td>
                {node.unitPrice.amount} {node.unitPrice.currency}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <nav aria-label="Pages">
        {products?.pageInfo.hasPreviousPage && (
          <Link href={{ pathname: '/', query: { before: products.pageInfo.startCursor } }}>Previous page</Link>
        )}
        {products?.pageInfo.hasNextPage && (
          <Link href={{ pathname: '/', query: { after: products.pageInfo.endCursor } }}>Next page</Link>
        )}
      </nav>
    </>
  )
}
