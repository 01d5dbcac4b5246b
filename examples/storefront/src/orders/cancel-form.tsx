import { useState } from 'react'
import { useMutationAttempt } from '../api/use-mutation-attempt.ts'
import { TextAreaField } from '../form/field.tsx'
import { MutationForm } from '../form/mutation-form.tsx'
import { errorAt } from '../form/user-errors.ts'
import { type FragmentType, graphql, readFragment } from '../gql/index.ts'
import { useSight } from '../sign-in/sight.ts'

const CancelFormOrder = graphql(`
  fragment CancelFormOrder on Order {
    id
    number
  }
`)

const OrderCancel = graphql(`
  mutation OrderCancel($input: OrderCancelInput!, $withPersonal: Boolean!, $withCustomer: Boolean!) {
    orderCancel(input: $input) {
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

type Props = { order: FragmentType<typeof CancelFormOrder>; onDone: (text: string) => void }

export function CancelForm({ order, onDone }: Props) {
  const { id, number } = readFragment(CancelFormOrder, order)
  const [reason, setReason] = useState('')
  const cancel = useMutationAttempt('orderCancel', OrderCancel, (data) => data.orderCancel, useSight())
  const submit = async () => {
    const done = await cancel.run({ orderId: id, ...(reason.trim() && { reason: reason.trim() }) })
    if (done) onDone(`Order ${number} is cancelled.`)
  }
  return (
    <MutationForm mutation={cancel} shown={['reason']} submit="Cancel the order now" tone="bad" onSubmit={submit}>
      <p>It cannot be taken back. What was paid is given back.</p>
      <TextAreaField
        label="Why (optional)"
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        error={errorAt(cancel.userErrors, 'reason')}
      />
    </MutationForm>
  )
}
