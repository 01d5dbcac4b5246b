import { type FormEvent, useState } from 'react'
import { Link } from 'wouter'
import { addToBasket, quantityOf, useBasket } from '../basket/basket.ts'
import { QuantityField } from '../form/quantity-field.tsx'
import { type FragmentType, graphql, readFragment } from '../gql/index.ts'
import { announce } from '../layout/announcer.tsx'
import { useSession } from '../sign-in/session.ts'

const AddToBasketProduct = graphql(`
  fragment AddToBasketProduct on Product {
    id
    name
    available
    discontinued
  }
`)

export function AddToBasket({ product }: { product: FragmentType<typeof AddToBasketProduct> }) {
  const { id, name, available, discontinued } = readFragment(AddToBasketProduct, product)
  const viewer = useSession()?.viewer.id
  const [quantity, setQuantity] = useState(1)
  const had = quantityOf(useBasket(), id)
  if (discontinued) return <p>We no longer sell it. Orders that have it are still carried out.</p>
  if (available <= 0) return <p>We have no more of it for now.</p>
  const add = (event: FormEvent) => {
    event.preventDefault()
    addToBasket(viewer, id, quantity)
    announce(`${quantity} × ${name} added to your basket.`)
  }
  return (
    <form onSubmit={add} className="add-to-basket">
      <QuantityField label="Quantity" value={quantity} onChange={setQuantity} />
      <button type="submit" className="button button-main">
        Add to basket
      </button>
      {had > 0 && (
        <p>
          {had} in your basket. <Link href="/basket">See the basket</Link>
        </p>
      )}
    </form>
  )
}
