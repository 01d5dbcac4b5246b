import { useState, useTransition } from 'react'
import { graphql, useRefetchableFragment } from 'react-relay'
import type { ProductCard_product$key } from './__generated__/ProductCard_product.graphql.ts'

export function ProductCard({ product }: { product: ProductCard_product$key }) {
  // Products are nodes, so the compiler generates a query of node(id: …) for the refetch.
  const [data, refetch] = useRefetchableFragment(
    graphql`
      fragment ProductCard_product on Product @refetchable(queryName: "ProductCardAgainQuery") {
        name
        unitPrice {
          amount
          currency
        }
        available
      }
    `,
    product,
  )
  const [isChecked, setChecked] = useState(false)
  const [isPending, startTransition] = useTransition()
  // The current data stays on the page until the response arrives.
  const check = () =>
    startTransition(() => {
      refetch({}, { fetchPolicy: 'network-only', onComplete: (error) => setChecked(!error) })
    })
  return (
    <article title={data.name} className={isChecked ? 'checked' : undefined}>
      {data.unitPrice.amount} {data.unitPrice.currency}, {data.available} in stock
      <button type="button" disabled={isPending} onClick={check}>
        {isChecked ? 'Checked just now' : 'Check'}
      </button>
    </article>
  )
}
