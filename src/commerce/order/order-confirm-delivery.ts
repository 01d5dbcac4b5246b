import { builder } from '../../platform/graphql/builder.ts'
import { encodeId } from '../../platform/graphql/ids.ts'
import { idempotencyKeyField } from '../../platform/mutations/idempotency-key-field.ts'
import { changesOrders } from '../access.ts'
import { outside } from '../audiences.ts'
import { mutation, type Scope } from '../mutations.ts'
import { lockOrder } from '../order-lifecycle/order-lock.ts'
import { orderDelivered } from './order-events.ts'

const OrderConfirmDeliveryInput = builder.inputType('OrderConfirmDeliveryInput', {
  description: 'An order that arrived.',
  fields: (t) => ({
    orderId: t.id({ required: true, description: 'The order; all of it must have been shipped.' }),
    idempotencyKey: t.string({ description: idempotencyKeyField.optional }),
  }),
})

builder.mutationField('orderConfirmDelivery', (t) =>
  t.field(
    mutation({
      subGraphs: outside,
      name: 'orderConfirmDelivery',
      description: 'Confirms that all of an order has arrived.',
      auth: changesOrders,
      input: OrderConfirmDeliveryInput,
      idempotencyKey: 'optional',
      changes: { order: 'Order' },
      run: confirmDelivery,
    }),
  ),
)

async function confirmDelivery({ orderId }: typeof OrderConfirmDeliveryInput.$inferInput, scope: Scope) {
  const { tx, now, emit } = scope
  const order = await lockOrder(scope, orderId, 'CONFIRM_DELIVERY')
  await tx.order.update({
    where: { id: order.id },
    data: { status: 'DELIVERED', deliveredAt: now, version: { increment: 1 } },
  })
  emit(orderDelivered, {
    id: order.id,
    owner: order.customerId,
    payload: { orderId: encodeId('Order', order.id), number: order.number },
  })
  return { order: order.id }
}
