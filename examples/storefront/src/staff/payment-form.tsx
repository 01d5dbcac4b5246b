import { useState } from 'react'
import { useMutationAttempt } from '../api/use-mutation-attempt.ts'
import { SelectField } from '../form/field.tsx'
import { MutationForm } from '../form/mutation-form.tsx'
import type { PaymentMethod } from '../gql/graphql.ts'
import { type FragmentType, graphql, readFragment } from '../gql/index.ts'
import { format } from '../layout/money.tsx'
import { useSight } from '../sign-in/sight.ts'

const PaymentFormOrder = graphql(`
  fragment PaymentFormOrder on Order {
    id
    number
    grandTotal {
      amount
      currency
    }
  }
`)

const PaymentRecord = graphql(`
  mutation PaymentRecord($input: PaymentRecordInput!, $withPersonal: Boolean!, $withCustomer: Boolean!) {
    paymentRecord(input: $input) {
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

const methods: Record<PaymentMethod, string> = { BANK_TRANSFER: 'Bank transfer', CARD: 'Card', CASH: 'Cash' }

type Props = { order: FragmentType<typeof PaymentFormOrder>; onDone: (text: string) => void }

export function PaymentForm({ order, onDone }: Props) {
  const { id, number, grandTotal } = readFragment(PaymentFormOrder, order)
  const [method, setMethod] = useState<PaymentMethod>('BANK_TRANSFER')
  const pay = useMutationAttempt('paymentRecord', PaymentRecord, (data) => data.paymentRecord, useSight())
  const submit = async () => {
    const { amount, currency } = grandTotal
    if (await pay.run({ orderId: id, amount, currency, method })) onDone(`The payment of order ${number} is noted.`)
  }
  return (
    <MutationForm mutation={pay} submit={`Record ${format(grandTotal)}`} onSubmit={submit}>
      <SelectField
        label="How it was paid"
        value={method}
        onChange={(event) => isMethod(event.target.value) && setMethod(event.target.value)}
      >
        {Object.entries(methods).map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </SelectField>
    </MutationForm>
  )
}

function isMethod(text: string): text is PaymentMethod {
  return Object.hasOwn(methods, text)
}
