import { type FragmentType, graphql, readFragment } from '../gql/index.ts'
import { format } from '../layout/money.tsx'
import { type Basket, quantityOf } from './basket.ts'
import { sumOf } from './sum.ts'

const BasketTotalProduct = graphql(`
  fragment BasketTotalProduct on Product {
    id
    unitPrice {
      amount
      currency
    }
  }
`)

export type TotalProduct = FragmentType<typeof BasketTotalProduct>
type Props = { basket: Basket; products: readonly TotalProduct[] }

/** The sum at today's prices, an amount for each currency. The order has the final price. */
export function BasketTotal({ basket, products }: Props) {
  const lines = readFragment(BasketTotalProduct, products)
    .map(({ id, unitPrice }) => ({ ...unitPrice, times: quantityOf(basket, id) }))
    .filter(({ times }) => times > 0)
  const byCurrency = Map.groupBy(lines, ({ currency }) => currency)
  return (
    <div className="total">
      <span>Sum</span>
      <strong>{[...byCurrency].map(([currency, of]) => format({ currency, amount: sumOf(of) })).join(' + ')}</strong>
      <p className="muted">Freight is settled when it is shipped.</p>
    </div>
  )
}
