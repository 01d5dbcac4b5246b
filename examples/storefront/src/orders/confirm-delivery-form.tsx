import { useMutationAttempt } from '../api/use-mutation-attempt.ts'
import { MutationForm } from '../form/mutation-form.tsx'
import { type FragmentType, graphql, readFragment } from '../gql/index.ts'
import { useSight } from '../sign-in/sight.ts'

const ConfirmDeliveryFormOrder = graphql(`
  fragment ConfirmDeliveryFormOrder on Order {
    id
    number
  }
`)

const OrderConfirmDelivery = graphql(`
  mutation OrderConfirmDelivery($input: OrderConfirmDeliveryInput!, $withPersonal: Boolean!, $withCustomer: Boolean!) {
    orderConfirmDelivery(input: $input) {
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

type Props = { order: FragmentType<typeof ConfirmDeliveryFormOrder>; onDone: (text: string) => void }

export function ConfirmDeliveryForm({ order, onDone }: Props) {
  const { id, number } = readFragment(ConfirmDeliveryFormOrder, order)
  const confirm = useMutationAttempt(
    'orderConfirmDelivery',
    OrderConfirmDelivery,
    (data) => data.orderConfirmDelivery,
    useSight(),
  )
  const submit = async () => {
    if (await confirm.run({ orderId: id })) onDone(`Order ${number} has arrived.`)
  }
  return (
    <MutationForm mutation={confirm} submit="Yes, all of it has arrived" onSubmit={submit}>
      <p>Is everything there? What is not right can still be sent back afterwards.</p>
    </MutationForm>
  )
}
