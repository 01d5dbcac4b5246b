import type { OrderStatus } from '../../generated/prisma/enums.ts'
import type { Rule } from '../../platform/auth/rule.ts'
import type { Viewer } from '../../platform/auth/viewer.ts'
import type { EnumValueExtensions } from '../../platform/graphql/enum-value-extensions.ts'
import { changesOrders, recordsPayments, shipsOrders } from '../access.ts'

/** An action on an order: by whom, from which states, and to which. */
export interface OrderTransition {
  from: readonly OrderStatus[]
  /** The states it can lead to; the same state where it does not change. */
  to: readonly OrderStatus[]
  /** Who may do it, to an order they see. */
  auth: Rule
  /** The mutation that does it. */
  mutation: string
  /** A further condition. */
  condition?: string
}

/** The state machine of an order. docs/orders.md is drawn from it. */
export const orderActions = {
  UPDATE_LINES: { from: ['PLACED'], to: ['PLACED'], auth: changesOrders, mutation: 'orderUpdateLines' },
  RECORD_PAYMENT: { from: ['PLACED'], to: ['PAID'], auth: recordsPayments, mutation: 'paymentRecord' },
  CANCEL: { from: ['PLACED', 'PAID'], to: ['CANCELLED'], auth: changesOrders, mutation: 'orderCancel' },
  SHIP: {
    from: ['PAID', 'PARTIALLY_SHIPPED'],
    to: ['PARTIALLY_SHIPPED', 'SHIPPED'],
    auth: shipsOrders,
    mutation: 'orderShip',
  },
  CONFIRM_DELIVERY: {
    from: ['SHIPPED'],
    to: ['DELIVERED'],
    auth: changesOrders,
    mutation: 'orderConfirmDelivery',
  },
  RETURN: {
    from: ['SHIPPED', 'DELIVERED', 'PARTIALLY_RETURNED'],
    to: ['PARTIALLY_RETURNED', 'RETURNED'],
    auth: changesOrders,
    mutation: 'orderReturn',
  },
  REFUND: {
    from: ['PAID', 'PARTIALLY_SHIPPED', 'SHIPPED', 'DELIVERED', 'PARTIALLY_RETURNED', 'RETURNED'],
    to: [],
    auth: recordsPayments,
    mutation: 'paymentRefund',
    condition: 'while anything received is not yet given back',
  },
} as const satisfies Record<string, OrderTransition>

export type OrderAction = keyof typeof orderActions

interface OrderState {
  status: OrderStatus
  paidMinor: bigint
  refundedMinor: bigint
}

/** The actions that the order's state allows, for any viewer. */
export function actionsFrom(order: OrderState): OrderAction[] {
  return actionNames.filter((name) => {
    const { from }: OrderTransition = orderActions[name]
    return from.includes(order.status) && (name !== 'REFUND' || order.paidMinor > order.refundedMinor)
  })
}

/** The actions that this viewer may do, to an order they see. */
export function actionsFor(viewer: Viewer, order: OrderState): OrderAction[] {
  return actionsFrom(order).filter((name) => orderActions[name].auth.allows(viewer))
}

const actionNames = Object.keys(orderActions).filter(isAction)

function isAction(name: string): name is OrderAction {
  return Object.hasOwn(orderActions, name)
}

/** The values of the API's enum. */
export const orderActionValues = Object.fromEntries(
  actionNames.map((name) => [
    name,
    { description: describe(orderActions[name]), extensions: onlyWith(orderActions[name]) },
  ]),
)

/** An endpoint without the mutation does not name the action. */
function onlyWith({ mutation }: OrderTransition): EnumValueExtensions {
  return { of: `Mutation.${mutation}` }
}

function describe({ mutation, condition }: OrderTransition): string {
  return condition ? `\`${mutation}\`, ${condition}.` : `\`${mutation}\`.`
}
