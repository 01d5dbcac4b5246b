import { useEffect, useEffectEvent, useState } from 'react'
import { useLocation } from 'wouter'
import { useMutationAttempt } from '../api/use-mutation-attempt.ts'
import { type Basket, emptyBasket } from '../basket/basket.ts'
import { BasketLineRow, type LineProduct } from '../basket/basket-line-row.tsx'
import { BasketTotal, type TotalProduct } from '../basket/basket-total.tsx'
import { TextField } from '../form/field.tsx'
import { MutationForm } from '../form/mutation-form.tsx'
import { errorAt } from '../form/user-errors.ts'
import { graphql } from '../gql/index.ts'
import { announce } from '../layout/announcer.tsx'
import { useSession } from '../sign-in/session.ts'
import { useSight } from '../sign-in/sight.ts'
import { AddressChoice, type Addresses, firstChoice, shipToOf } from './address-choice.tsx'
import { addressFields, missingInAddress, noAddress } from './address-fields.tsx'

const OrderPlace = graphql(`
  mutation OrderPlace($input: OrderPlaceInput!, $withPersonal: Boolean!, $withCustomer: Boolean!) {
    orderPlace(input: $input) {
      order {
        id
        number
        ...OrderSheetOrder
      }
      userErrors {
        ...FormError
      }
    }
  }
`)

type Props = {
  basket: Basket
  products: ReadonlyMap<string, LineProduct & TotalProduct>
  addresses: Addresses
  /** Reads the stock again after a line was refused. */
  onRefused: () => void
}

export function PlaceOrderForm({ basket, products, addresses, onRefused }: Props) {
  const viewer = useSession()?.viewer.id
  const [, navigate] = useLocation()
  const [choice, setChoice] = useState({ id: firstChoice(addresses), typed: noAddress })
  const [requiredDate, setRequiredDate] = useState('')
  /** The products in the order they were sent: errors name a line by its position. */
  const [sent, setSent] = useState<string[]>([])
  const place = useMutationAttempt('orderPlace', OrderPlace, (data) => data.orderPlace, useSight())
  const lineError = (productId: string) => {
    const line = `lines.${sent.indexOf(productId)}`
    return errorAt(place.userErrors, `${line}.quantity`) ?? errorAt(place.userErrors, `${line}.productId`)
  }
  const refused = useEffectEvent(onRefused)
  useEffect(() => {
    if (place.userErrors.some(({ path }) => path.includes('lines'))) refused()
  }, [place.userErrors])
  const submit = async () => {
    if (!place.pending) setSent(basket.map(({ productId }) => productId))
    const lines = basket.map(({ productId, quantity }) => ({ productId, quantity }))
    const shipTo = shipToOf(choice, addresses)
    const missing = missingInAddress(shipTo)
    if (missing.length > 0) return place.refuse(missing)
    const done = await place.run({ lines, shipTo, ...(requiredDate && { requiredDate }) })
    if (!done?.order) return
    announce(`Thank you. Order ${done.order.number} is placed.`)
    navigate(`/orders/${done.order.number}`, { state: 'placed' })
    emptyBasket(viewer)
  }
  return (
    <MutationForm
      mutation={place}
      shown={shownFields(sent.length, choice.id === undefined)}
      submit="Place the order"
      pendingText="Placing the order…"
      onSubmit={submit}
      className="checkout"
    >
      <AddressChoice addresses={addresses} choice={choice} onChange={setChoice} errors={place.userErrors} />
      <section className="stack" aria-labelledby="what">
        <h2 id="what">What you order</h2>
        <ul className="lines">
          {basket.map((line) => (
            <BasketLineRow
              key={line.productId}
              line={line}
              product={products.get(line.productId)}
              error={lineError(line.productId)}
            />
          ))}
        </ul>
        <BasketTotal basket={basket} products={[...products.values()]} />
        <TextField
          label="Wanted by (optional)"
          type="date"
          className="date"
          value={requiredDate}
          onChange={(event) => setRequiredDate(event.target.value)}
          error={errorAt(place.userErrors, 'requiredDate')}
        />
      </section>
    </MutationForm>
  )
}

function shownFields(lines: number, withAddress: boolean): string[] {
  const places = Array.from({ length: lines }, (_, line) => [`lines.${line}.quantity`, `lines.${line}.productId`])
  return ['requiredDate', ...places.flat(), ...(withAddress ? addressFields : [])]
}
