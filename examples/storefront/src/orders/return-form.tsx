import { useState } from 'react'
import { useMutationAttempt } from '../api/use-mutation-attempt.ts'
import { TextAreaField } from '../form/field.tsx'
import { inputOf, LineQuantities, type Quantities, shownOf } from '../form/line-quantities.tsx'
import { MutationForm } from '../form/mutation-form.tsx'
import { errorAt } from '../form/user-errors.ts'
import { type FragmentType, graphql, readFragment } from '../gql/index.ts'
import { useSession } from '../sign-in/session.ts'
import { useSight } from '../sign-in/sight.ts'

const ReturnFormOrder = graphql(`
  fragment ReturnFormOrder on Order {
    id
    number
    lines {
      id
      shipped
      returned
      product {
        id
        name
      }
    }
  }
`)

const OrderReturn = graphql(`
  mutation OrderReturn($input: OrderReturnInput!, $withPersonal: Boolean!, $withCustomer: Boolean!) {
    orderReturn(input: $input) {
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

type Props = { order: FragmentType<typeof ReturnFormOrder>; onDone: (text: string) => void }

export function ReturnForm({ order, onDone }: Props) {
  const { id, number, lines } = readFragment(ReturnFormOrder, order)
  const left = lines
    .map((line) => ({ id: line.id, name: line.product.name, most: line.shipped - line.returned }))
    .filter(({ most }) => most > 0)
  const isStaff = useSession()?.viewer.kind === 'staff'
  const [quantities, setQuantities] = useState<Quantities>({})
  const [reason, setReason] = useState('')
  const [restock, setRestock] = useState(false)
  const giveBack = useMutationAttempt('orderReturn', OrderReturn, (data) => data.orderReturn, useSight())
  const input = inputOf(left, quantities)
  const submit = async () => {
    const text = reason.trim()
    const done = await giveBack.run({ orderId: id, lines: input, restock, ...(text && { reason: text }) })
    if (done) onDone(`The return of order ${number} is noted.`)
  }
  return (
    <MutationForm
      mutation={giveBack}
      shown={['reason', ...shownOf(input.length)]}
      submit={isStaff ? 'Take it back' : 'Send it back'}
      onSubmit={submit}
    >
      <LineQuantities
        legend="What goes back, and how much of it"
        lines={left}
        quantities={quantities}
        onChange={setQuantities}
        errors={giveBack.userErrors}
      />
      <TextAreaField
        label="Why (optional)"
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        error={errorAt(giveBack.userErrors, 'reason')}
      />
      {isStaff && (
        <label className="check">
          <input type="checkbox" checked={restock} onChange={(event) => setRestock(event.target.checked)} />
          Put it back into the stock
        </label>
      )}
    </MutationForm>
  )
}
