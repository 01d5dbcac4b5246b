import { Link } from 'wouter'
import { type FragmentType, graphql, readFragment } from '../gql/index.ts'
import { Money } from '../layout/money.tsx'

const OrderLinesOrder = graphql(`
  fragment OrderLinesOrder on Order {
    id
    lines {
      id
      quantity
      shipped
      returned
      unitPrice {
        ...Amount
      }
      discount
      total {
        ...Amount
      }
      product {
        id
        sku
        name
        available
      }
    }
    total {
      ...Amount
    }
    freight {
      ...Amount
    }
    grandTotal {
      ...Amount
    }
  }
`)

export function OrderLines({ order }: { order: FragmentType<typeof OrderLinesOrder> }) {
  const { lines, total, freight, grandTotal } = readFragment(OrderLinesOrder, order)
  return (
    <section aria-labelledby="lines">
      <h2 id="lines">What was ordered</h2>
      <ul className="order-lines">
        {lines.map((line) => (
          <li key={line.id}>
            <span>
              {line.quantity} × <Link href={`/products/${line.product.sku}`}>{line.product.name}</Link>
              <span className="muted line-state">{factsOf(line)}</span>
            </span>
            <Money of={line.total} className="price" />
          </li>
        ))}
      </ul>
      <dl className="sums">
        <dt>Goods</dt>
        <dd>
          <Money of={total} className="price" />
        </dd>
        <dt>Freight</dt>
        <dd>
          <Money of={freight} className="price" />
        </dd>
        <dt>Total</dt>
        <dd>
          <Money of={grandTotal} className="price" />
        </dd>
      </dl>
    </section>
  )
}

function factsOf({ discount, shipped, returned }: { discount: string; shipped: number; returned: number }): string {
  const percent = Number(discount)
  return [
    percent > 0 && `less ${percent.toLocaleString(undefined, { style: 'percent' })}`,
    shipped > 0 && `${shipped} shipped`,
    returned > 0 && `${returned} sent back`,
  ]
    .filter(Boolean)
    .join(', ')
}
