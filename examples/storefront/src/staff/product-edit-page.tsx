import { useQuery } from 'urql'
import { Link } from 'wouter'
import { graphql } from '../gql/index.ts'
import { FailureNotice } from '../layout/failure-notice.tsx'
import { NotFoundPage } from '../layout/not-found-page.tsx'
import { Page } from '../layout/page.tsx'
import { SkeletonRows } from '../layout/skeleton.tsx'
import { ProductEditForm } from './product-edit-form.tsx'
import { StockForm } from './stock-form.tsx'

const ProductEdit = graphql(`
  query ProductEdit($sku: String!) {
    product(sku: $sku) {
      id
      sku
      name
      ...ProductEditFormProduct
      ...StockFormProduct
    }
    ...ProductFieldsChoices
  }
`)

export function ProductEditPage({ sku }: { sku: string }) {
  const [{ data, error }, ask] = useQuery({ query: ProductEdit, variables: { sku } })
  const product = data?.product
  if (data && !product && !error) return <NotFoundPage title="There is no such product" />
  return (
    <Page
      title={product ? `Edit ${product.name}` : undefined}
      intro={product && <Link href={`/products/${sku}`}>See it in the shop</Link>}
      className="medium"
    >
      {error && <FailureNotice error={error} retry={() => ask({ requestPolicy: 'network-only' })} />}
      {!product && !error && <SkeletonRows count={5} />}
      {product && (
        <>
          <ProductEditForm product={product} choices={data} />
          <StockForm product={product} />
        </>
      )}
    </Page>
  )
}
