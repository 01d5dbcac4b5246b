import { builder } from '../../platform/graphql/builder.ts'
import { encodeId } from '../../platform/graphql/ids.ts'
import { idempotencyKeyField } from '../../platform/mutations/idempotency-key-field.ts'
import { changesOrders } from '../access.ts'
import { outside } from '../audiences.ts'
import { changeStock, type LockedProduct, lockProducts } from '../catalog/stock.ts'
import { formatMinor } from '../money/money.ts'
import { mutation, type Scope } from '../mutations.ts'
import { type LockedLine, type LockedOrder, linesOf, lockOrder } from '../order-lifecycle/order-lock.ts'
import { unitsByProduct } from './line-quantities.ts'
import { orderLinesUpdated } from './order-events.ts'
import { draftLines, OrderLineInput, type PricedLine, priceLines, totalOf } from './order-lines.ts'

const OrderUpdateLinesInput = builder.inputType('OrderUpdateLinesInput', {
  description: 'What an order is to consist of from now on.',
  fields: (t) => ({
    orderId: t.id({ required: true, description: 'The order; it must not be paid yet.' }),
    version: t.int({ required: true, description: 'The `Order.version` this is based on.' }),
    lines: t.field({
      type: [OrderLineInput],
      required: true,
      description: 'All its lines: 1 to 100 products. What is not among them is ordered no more.',
    }),
    idempotencyKey: t.string({ description: idempotencyKeyField.optional }),
  }),
})

builder.mutationField('orderUpdateLines', (t) =>
  t.field(
    mutation({
      subGraphs: outside,
      name: 'orderUpdateLines',
      description:
        'Replaces the lines of an order that is not paid yet. A product that stays keeps its line, its price and its ' +
        'discount; new ones come at today’s prices.',
      auth: changesOrders,
      input: OrderUpdateLinesInput,
      idempotencyKey: 'optional',
      changes: { order: 'Order' },
      run: updateLines,
    }),
  ),
)

async function updateLines(input: typeof OrderUpdateLinesInput.$inferInput, scope: Scope) {
  const { tx, errors } = scope
  const draft = draftLines(input.lines, errors)
  errors.refuseIfAny()
  const order = await lockOrder(scope, input.orderId, 'UPDATE_LINES')
  if (input.version !== order.version) errors.refuseWith({ order: order.id }, 'CONFLICT', ['version'])
  const before = await linesOf(scope, order.id)
  const products = await lockProducts(tx, [...unitsByProduct([...before, ...draft]).keys()])
  const { lines } = priceLines(draft, products, errors, { currency: order.currency, lines: before })
  const totalMinor = totalOf(lines, errors)
  await replaceLines(scope, order.id, lines)
  await tx.order.update({
    where: { id: order.id },
    data: { totalMinor, version: { increment: 1 } },
  })
  await reserveDifference(scope, order.id, products, before, lines)
  emitLinesUpdated(scope, { ...order, totalMinor }, lines)
  return { order: order.id }
}

/**
 * Deletes all lines and writes them anew, because positions are unique at every moment. A line that stays keeps its id.
 */
async function replaceLines({ tx }: Scope, orderId: string, lines: readonly PricedLine[]): Promise<void> {
  await tx.orderLine.deleteMany({ where: { orderId } })
  await tx.orderLine.createMany({ data: lines.map((line) => ({ ...line, orderId })) })
}

async function reserveDifference(
  scope: Scope,
  orderId: string,
  products: ReadonlyMap<string, LockedProduct>,
  before: readonly LockedLine[],
  after: readonly PricedLine[],
): Promise<void> {
  const released = before.map(({ productId, quantity }) => ({ productId, quantity: -quantity }))
  const changes = [...unitsByProduct([...released, ...after])].map(([productId, reserved]) => {
    return { productId, onHand: 0, reserved }
  })
  const more = changes.filter(({ reserved }) => reserved > 0)
  const less = changes.filter(({ reserved }) => reserved < 0)
  await changeStock(scope, products, more, { reason: 'RESERVED', orderId })
  await changeStock(scope, products, less, { reason: 'RELEASED', orderId })
}

function emitLinesUpdated({ emit }: Scope, order: LockedOrder, lines: readonly PricedLine[]): void {
  emit(orderLinesUpdated, {
    id: order.id,
    owner: order.customerId,
    payload: {
      orderId: encodeId('Order', order.id),
      number: order.number,
      total: formatMinor(order.totalMinor, order.currency),
      currency: order.currency,
      lines: lines.map(({ productId, quantity }) => ({ productId: encodeId('Product', productId), quantity })),
    },
  })
}
