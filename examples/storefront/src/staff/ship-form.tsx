import { useState } from 'react'
import { useMutationAttempt } from '../api/use-mutation-attempt.ts'
import { SelectField, TextField } from '../form/field.tsx'
import { inputOf, LineQuantities, type Quantities, shownOf } from '../form/line-quantities.tsx'
import { MutationForm } from '../form/mutation-form.tsx'
import { errorAt } from '../form/user-errors.ts'
import { type FragmentType, graphql, readFragment } from '../gql/index.ts'
import { useSight } from '../sign-in/sight.ts'

const ShipFormOrder = graphql(`
  fragment ShipFormOrder on Order {
    id
    number
    carrier {
      id
    }
    lines {
      id
      quantity
      shipped
      product {
        id
        name
      }
    }
  }
`)

const ShipFormCarrier = graphql(`
  fragment ShipFormCarrier on Carrier {
    id
    name
  }
`)

const OrderShip = graphql(`
  mutation OrderShip($input: OrderShipInput!, $withPersonal: Boolean!, $withCustomer: Boolean!) {
    orderShip(input: $input) {
      order {
        id
        ...OrderSheetOrder
      }
      userErrors {
        ...FormError
      }
    }
  }
`)

export type Carriers = readonly FragmentType<typeof ShipFormCarrier>[]
type Props = { order: FragmentType<typeof ShipFormOrder>; carriers: Carriers; onDone: (text: string) => void }

export function ShipForm({ order, carriers, onDone }: Props) {
  const { id, number, carrier, lines } = readFragment(ShipFormOrder, order)
  const left = lines
    .map((line) => ({ id: line.id, name: line.product.name, most: line.quantity - line.shipped }))
    .filter(({ most }) => most > 0)
  const [quantities, setQuantities] = useState<Quantities>(() =>
    Object.fromEntries(left.map((line) => [line.id, line.most])),
  )
  const [carrierId, setCarrierId] = useState(carrier?.id ?? '')
  const [trackingNumber, setTrackingNumber] = useState('')
  const ship = useMutationAttempt('orderShip', OrderShip, (data) => data.orderShip, useSight())
  const input = inputOf(left, quantities)
  const submit = async () => {
    const optional = {
      ...(carrierId && { carrierId }),
      ...(trackingNumber.trim() && { trackingNumber: trackingNumber.trim() }),
    }
    if (await ship.run({ orderId: id, lines: input, ...optional })) onDone(`The shipment of order ${number} is noted.`)
  }
  return (
    <MutationForm
      mutation={ship}
      shown={['carrierId', 'trackingNumber', ...shownOf(input.length)]}
      submit="Ship it"
      onSubmit={submit}
    >
      <LineQuantities
        legend="What is in the shipment"
        lines={left}
        quantities={quantities}
        onChange={setQuantities}
        errors={ship.userErrors}
      />
      <div className="form-grid">
        <SelectField
          label="Carrier"
          value={carrierId}
          onChange={(event) => setCarrierId(event.target.value)}
          error={errorAt(ship.userErrors, 'carrierId')}
        >
          <option value="">Choose one</option>
          {readFragment(ShipFormCarrier, carriers).map(({ id: choice, name }) => (
            <option key={choice} value={choice}>
              {name}
            </option>
          ))}
        </SelectField>
        <TextField
          label="Tracking number (optional)"
          value={trackingNumber}
          onChange={(event) => setTrackingNumber(event.target.value)}
          error={errorAt(ship.userErrors, 'trackingNumber')}
        />
      </div>
    </MutationForm>
  )
}
