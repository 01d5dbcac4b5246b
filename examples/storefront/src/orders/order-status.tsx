import { useEffect, useRef } from 'react'
import type { OrderStatus as Status } from '../gql/graphql.ts'
import { type FragmentType, graphql, readFragment } from '../gql/index.ts'
import { announce } from '../layout/announcer.tsx'

const OrderStatusOrder = graphql(`
  fragment OrderStatusOrder on Order {
    id
    number
    status
  }
`)

const statusNames: Record<Status, string> = {
  PLACED: 'Waiting for payment',
  PAID: 'Being packed',
  PARTIALLY_SHIPPED: 'Partly on its way',
  SHIPPED: 'On its way',
  DELIVERED: 'Delivered',
  CANCELLED: 'Cancelled',
  PARTIALLY_RETURNED: 'Partly sent back',
  RETURNED: 'Sent back',
}

/** The state of an order. A change while people look is announced. */
export function OrderStatus({ order }: { order: FragmentType<typeof OrderStatusOrder> }) {
  const { number, status } = readFragment(OrderStatusOrder, order)
  const shown = useRef(status)
  useEffect(() => {
    if (shown.current !== status) announce(`Order ${number}: ${statusNames[status]}`)
    shown.current = status
  }, [number, status])
  return <span className={`status status-${status.toLowerCase().replaceAll('_', '-')}`}>{statusNames[status]}</span>
}
