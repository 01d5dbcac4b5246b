import { type ReactNode, useRef, useState } from 'react'
import type { OrderAction } from '../gql/graphql.ts'
import { type FragmentType, graphql, readFragment } from '../gql/index.ts'
import { tell } from '../layout/announcer.tsx'
import { PaymentForm } from '../staff/payment-form.tsx'
import { type Carriers, ShipForm } from '../staff/ship-form.tsx'
import { CancelForm } from './cancel-form.tsx'
import { ConfirmDeliveryForm } from './confirm-delivery-form.tsx'
import { ReturnForm } from './return-form.tsx'

const OrderActionsOrder = graphql(`
  fragment OrderActionsOrder on Order {
    id
    availableActions
    ...CancelFormOrder
    ...ConfirmDeliveryFormOrder
    ...ReturnFormOrder
    ...PaymentFormOrder
    ...ShipFormOrder
  }
`)

/** The actions that this shop has a form for, in order. The API has more. */
const names = {
  RECORD_PAYMENT: 'Record the payment',
  SHIP: 'Ship',
  CONFIRM_DELIVERY: 'It has arrived',
  RETURN: 'Return something',
  CANCEL: 'Cancel the order',
} as const satisfies Partial<Record<OrderAction, string>>

type Offered = keyof typeof names
type Props = { order: FragmentType<typeof OrderActionsOrder>; carriers: Carriers }

/** The actions that the API allows this viewer now. */
export function OrderActions({ order: masked, carriers }: Props) {
  const order = readFragment(OrderActionsOrder, masked)
  const [open, setOpen] = useState<Offered>()
  const place = useRef<HTMLElement>(null)
  const offered = order.availableActions.filter(isOffered)
  const done = (text: string) => {
    setOpen(undefined)
    tell(text)
    // The form is gone, so the focus moves to the part of the page that had it.
    place.current?.focus()
  }
  const forms: Record<Offered, ReactNode> = {
    RECORD_PAYMENT: <PaymentForm order={order} onDone={done} />,
    SHIP: <ShipForm order={order} carriers={carriers} onDone={done} />,
    CONFIRM_DELIVERY: <ConfirmDeliveryForm order={order} onDone={done} />,
    RETURN: <ReturnForm order={order} onDone={done} />,
    CANCEL: <CancelForm order={order} onDone={done} />,
  }
  return (
    <section ref={place} tabIndex={-1} className="actions" aria-label="What you can do">
      {offered.length === 0 && <p className="muted">There is nothing you can do with it now.</p>}
      {offered.length > 0 && (
        <div className="buttons">
          {inOrder(offered).map((action) => (
            <button
              key={action}
              type="button"
              className="button"
              aria-expanded={open === action}
              onClick={() => setOpen(open === action ? undefined : action)}
            >
              {names[action]}
            </button>
          ))}
        </div>
      )}
      {open && offered.includes(open) && <div className="panel">{forms[open]}</div>}
    </section>
  )
}

function isOffered(action: OrderAction): action is Offered {
  return Object.hasOwn(names, action)
}

function inOrder(offered: readonly Offered[]): Offered[] {
  const all = Object.keys(names)
  return offered.toSorted((one, other) => all.indexOf(one) - all.indexOf(other))
}
