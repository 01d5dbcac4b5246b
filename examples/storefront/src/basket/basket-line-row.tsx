import { Link } from 'wouter'
import { Availability } from '../catalogue/availability.tsx'
import { ProductPicture } from '../catalogue/product-picture.tsx'
import { QuantityField } from '../form/quantity-field.tsx'
import { type FragmentType, graphql, readFragment } from '../gql/index.ts'
import { tell } from '../layout/announcer.tsx'
import { Money } from '../layout/money.tsx'
import { useSession } from '../sign-in/session.ts'
import { type BasketLine, setQuantity } from './basket.ts'

const BasketLineProduct = graphql(`
  fragment BasketLineProduct on Product {
    id
    sku
    name
    available
    discontinued
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

export type LineProduct = FragmentType<typeof BasketLineProduct>
type Props = {
  line: BasketLine
  product: LineProduct | undefined
  /** The API's current data of the line, which is newer than the data that was read before. */
  error?: string | undefined
}

export function BasketLineRow({ line, product: masked, error }: Props) {
  const product = readFragment(BasketLineProduct, masked)
  const viewer = useSession()?.viewer.id
  const name = product?.name ?? 'A product that is gone'
  const remove = () => {
    setQuantity(viewer, line.productId, 0)
    tell(`${name} is out of your basket.`)
  }
  return (
    <li className="line">
      {product && <ProductPicture category={product.category.name} sku={product.sku} />}
      <div className="line-text">
        {product ? <Link href={`/products/${product.sku}`}>{name}</Link> : name}
        {product && (
          <p className="line-facts">
            <Money of={product.unitPrice} className="muted" /> <Availability product={product} />
          </p>
        )}
      </div>
      {product && (
        <QuantityField
          label={`Quantity of ${name}`}
          unlabelled
          value={line.quantity}
          onChange={(quantity) => setQuantity(viewer, line.productId, quantity)}
          error={error ?? shortage(line.quantity, product)}
        />
      )}
      <button type="button" className="button button-quiet" onClick={remove} aria-label={`Remove ${name}`}>
        Remove
      </button>
    </li>
  )
}

function shortage(quantity: number, product: { available: number; discontinued: boolean }): string | undefined {
  if (product.discontinued) return 'It is no longer sold.'
  if (quantity <= product.available) return undefined
  return product.available <= 0 ? 'It is sold out.' : `Only ${product.available} left.`
}
