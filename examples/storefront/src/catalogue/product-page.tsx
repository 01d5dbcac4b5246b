import { useQuery } from 'urql'
import { Link } from 'wouter'
import { graphql } from '../gql/index.ts'
import { countryName } from '../layout/country.ts'
import { FailureNotice } from '../layout/failure-notice.tsx'
import { Money } from '../layout/money.tsx'
import { NotFoundPage } from '../layout/not-found-page.tsx'
import { Page } from '../layout/page.tsx'
import { Skeleton } from '../layout/skeleton.tsx'
import { may, useSession } from '../sign-in/session.ts'
import { AddToBasket } from './add-to-basket.tsx'
import { Availability } from './availability.tsx'
import './product-page.css'
import { ProductPicture } from './product-picture.tsx'
import { ProductReviews } from './product-reviews.tsx'
import { useLiveProducts } from './use-live-products.ts'

const Product = graphql(`
  query Product($sku: String!) {
    product(sku: $sku) {
      id
      sku
      name
      packaging
      unitPrice {
        ...Amount
      }
      category {
        id
        name
        description
      }
      supplier {
        id
        name
        city
        country
      }
      ...AvailabilityProduct
      ...AddToBasketProduct
    }
  }
`)

export function ProductPage({ sku }: { sku: string }) {
  const session = useSession()
  const [{ data, error }, ask] = useQuery({ query: Product, variables: { sku } })
  const product = data?.product
  useLiveProducts(product ? [product.id] : [])
  if (data && !product && !error) return <NotFoundPage title="There is no such product" />
  return (
    <Page title={product?.name} className="product">
      {error && <FailureNotice error={error} retry={() => ask({ requestPolicy: 'network-only' })} />}
      {!product && !error && <Skeleton className="skeleton-card" />}
      {product && (
        <div className="product-sheet">
          <ProductPicture category={product.category.name} sku={product.sku} />
          <div className="product-text">
            <p className="product-price">
              <Money of={product.unitPrice} className="price" />
              <Availability product={product} />
            </p>
            {session?.viewer.kind !== 'staff' && <AddToBasket product={product} />}
            {may(session, 'catalog:write') && (
              <Link href={`/staff/products/${sku}`} className="button">
                Edit, adjust stock
              </Link>
            )}
            <dl className="facts">
              <dt>Packaging</dt>
              <dd>{product.packaging ?? 'Loose'}</dd>
              <dt>Category</dt>
              <dd>
                <Link href={`/?category=${product.category.id}`}>{product.category.name}</Link>
                <span className="muted"> {product.category.description}</span>
              </dd>
              <dt>Supplier</dt>
              <dd>
                {product.supplier.name}
                <span className="muted">
                  {' '}
                  {[product.supplier.city, countryName(product.supplier.country)].filter(Boolean).join(', ')}
                </span>
              </dd>
              <dt>Article</dt>
              <dd>{product.sku}</dd>
            </dl>
          </div>
        </div>
      )}
      {product && <ProductReviews sku={sku} />}
    </Page>
  )
}
