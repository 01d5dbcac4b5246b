import { graphql, useLazyLoadQuery, usePaginationFragment } from 'react-relay'
import type { ProductListPage_query$key } from './__generated__/ProductListPage_query.graphql.ts'
import type { ProductListQuery } from './__generated__/ProductListQuery.graphql.ts'
import { ProductCard } from './product-card.tsx'

export function ProductList() {
  const query = useLazyLoadQuery<ProductListQuery>(
    graphql`
      query ProductListQuery {
        ...ProductListPage_query @arguments(count: 3)
      }
    `,
    {},
  )
  return <Products query={query} />
}

function Products({ query }: { query: ProductListPage_query$key }) {
  const { data, hasNext, loadNext } = usePaginationFragment(
    graphql`
      fragment ProductListPage_query on Query
      @argumentDefinitions(count: { type: "Int!" }, cursor: { type: "String" })
      @refetchable(queryName: "ProductListNextPageQuery") {
        products(first: $count, after: $cursor, sort: { field: NAME }) @connection(key: "ProductListPage_products") {
          edges {
            node {
              id
              ...ProductCard_product
            }
          }
        }
      }
    `,
    query,
  )
  return (
    <>
      {data.products?.edges.map(({ node }) => (
        <ProductCard key={node.id} product={node} />
      ))}
      {hasNext && (
        <button type="button" id="more" onClick={() => loadNext(3)}>
          More
        </button>
      )}
    </>
  )
}
