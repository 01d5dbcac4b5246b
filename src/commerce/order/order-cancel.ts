import { builder } from '../../platform/graphql/builder.ts'
import { encodeId } from '../../platform/graphql/ids.ts'
import { idempotencyKeyField } from '../../platform/mutations/idempotency-key-field.ts'
import { optionalText } from '../../platform/mutations/text-input.ts'
import { changesOrders } from '../access.ts'
import { outside } from '../audiences.ts'
import { changeStock, lockProducts } from '../catalog/stock.ts'
import { mutation, type Scope } from '../mutations.ts'
import { linesOf, lockOrder } from '../order-lifecycle/order-lock.ts'
import { issueRefund } from '../payment/refund-issue.ts'
import { unitsByProduct } from './line-quantities.ts'
import { orderCancelled } from './order-events.ts'

const OrderCancelInput = builder.inputType('OrderCancelInput', {
  description: 'An order to give up.',
  fields: (t) => ({
    orderId: t.id({ required: true, description: 'The order; nothing of it may have been shipped.' }),
    reason: t.string({
      sensitivity: 'personal',
      description: 'Why, for the people who read it later; at most 500 characters.',
    }),
    idempotencyKey: t.string({ description: idempotencyKeyField.optional }),
  }),
})

builder.mutationField('orderCancel', (t) =>
  t.field(
    mutation({
      subGraphs: outside,
      name: 'orderCancel',
      description:
        'Gives an order up before anything of it is shipped: its stock is free again, and what was paid is given back ' +
        'with a credit note.',
      auth: changesOrders,
      input: OrderCancelInput,
      idempotencyKey: 'optional',
      changes: { order: 'Order', refund: 'Refund' },
      run: cancelOrder,
    }),
  ),
)

async function cancelOrder(input: typeof OrderCancelInput.$inferInput, scope: Scope) {
  const { tx, now, errors, emit } = scope
  const reason = optionalText(errors, input.reason, ['reason'], { max: 500 })
  errors.refuseIfAny()
  const order = await lockOrder(scope, input.orderId, 'CANCEL')
  await releaseStock(scope, order.id)
  await tx.order.update({
    where: { id: order.id },
    data: { status: 'CANCELLED', cancelledAt: now, cancelReason: reason, version: { increment: 1 } },
  })
  emit(orderCancelled, {
    id: order.id,
    owner: order.customerId,
    payload: { orderId: encodeId('Order', order.id), number: order.number },
  })
  const kept = order.paidMinor - order.refundedMinor
  return { order: order.id, refund: kept > 0n ? await issueRefund(scope, order, kept, reason) : null }
}

/** Nothing of a cancelled order is shipped, so all its units are still reserved. */
async function releaseStock(scope: Scope, orderId: string): Promise<void> {
  const units = unitsByProduct(await linesOf(scope, orderId))
  const products = await lockProducts(scope.tx, [...units.keys()])
  const released = [...units].map(([productId, quantity]) => ({ productId, onHand: 0, reserved: -quantity }))
  await changeStock(scope, products, released, { reason: 'RELEASED', orderId })
}
