import { Link } from 'wouter'
import { type FragmentType, graphql, readFragment } from '../gql/index.ts'
import { Money } from '../layout/money.tsx'
import { Availability } from './availability.tsx'
import { ProductPicture } from './product-picture.tsx'

const ProductCardProduct = graphql(`
  fragment ProductCardProduct on Product {
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
    }
    ...AvailabilityProduct
  }
`)

export function ProductCard({ product }: { product: FragmentType<typeof ProductCardProduct> }) {
  const { sku, name, packaging, unitPrice, category, ...rest } = readFragment(ProductCardProduct, product)
  return (
    <li className="card">
      <ProductPicture category={category.name} sku={sku} />
      <div className="card-text">
        <p className="kicker">{category.name}</p>
        <h2>
          <Link href={`/products/${sku}`} className="card-link">
            {name}
          </Link>
        </h2>
        <p className="muted">{packaging}</p>
        <p className="card-foot">
          <Money of={unitPrice} className="price" />
          <Availability product={rest} />
        </p>
      </div>
    </li>
  )
}
