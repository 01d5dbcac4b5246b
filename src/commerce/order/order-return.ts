import type { Transaction } from '../../platform/database/transaction.ts'
import { uuidV7 } from '../../platform/database/uuid-v7.ts'
import { builder } from '../../platform/graphql/builder.ts'
import { encodeId } from '../../platform/graphql/ids.ts'
import { idempotencyKeyField } from '../../platform/mutations/idempotency-key-field.ts'
import { optionalText } from '../../platform/mutations/text-input.ts'
import { changesOrders, restocksReturns } from '../access.ts'
import { inShop } from '../audiences.ts'
import { changeStock, lockProducts } from '../catalog/stock.ts'
import { mutation, type Scope } from '../mutations.ts'
import { type LockedLine, type LockedOrder, linesOf, lockOrder } from '../order-lifecycle/order-lock.ts'
import {
  allUnits,
  chooseUnits,
  type LineUnits,
  OrderLineQuantityInput,
  sumOf,
  unitsByProduct,
  unitsPayload,
} from './line-quantities.ts'
import { orderReturned } from './order-events.ts'

const OrderReturnInput = builder.inputType('OrderReturnInput', {
  description: 'What of an order came back.',
  fields: (t) => ({
    orderId: t.id({ required: true, description: 'The order; all of it must have been shipped.' }),
    lines: t.field({ type: [OrderLineQuantityInput], required: true, description: 'What came back.' }),
    restock: t.boolean({
      required: true,
      description: 'Whether the units go back into the stock; only staff, who see them, may say so.',
    }),
    reason: t.string({
      sensitivity: 'personal',
      description: 'Why, for the people who read it later; at most 500 characters.',
    }),
    idempotencyKey: t.string({ description: idempotencyKeyField.optional }),
  }),
})

builder.mutationField('orderReturn', (t) =>
  t.field(
    mutation({
      subGraphs: inShop,
      name: 'orderReturn',
      description: 'Takes back units of an order that were shipped, in part or whole. Money is given back separately.',
      auth: changesOrders,
      input: OrderReturnInput,
      idempotencyKey: 'optional',
      changes: { return: 'Return', order: 'Order' },
      run: returnOrder,
    }),
  ),
)

async function returnOrder(input: typeof OrderReturnInput.$inferInput, scope: Scope) {
  const { tx, viewer, errors } = scope
  const { restock } = input
  const reason = optionalText(errors, input.reason, ['reason'], { max: 500 })
  if (restock && !restocksReturns.allows(viewer)) errors.add('RESTOCK_NOT_ALLOWED', ['restock'])
  errors.refuseIfAny()
  const order = await lockOrder(scope, input.orderId, 'RETURN')
  const lines = await linesOf(scope, order.id)
  const units = chooseUnits(input.lines, lines, returnable, errors)
  errors.refuseIfAny()
  if (restock) await putIntoStock(scope, order.id, units)
  await addReturned(tx, units)
  const returnId = await createReturn(scope, order.id, units, { reason, restocked: restock })
  const complete = sumOf(units) === sumOf(allUnits(lines, returnable))
  await tx.order.update({
    where: { id: order.id },
    data: { status: complete ? 'RETURNED' : 'PARTIALLY_RETURNED', version: { increment: 1 } },
  })
  emitOrderReturned(scope, order, units, { returnId, restocked: restock, complete })
  return { return: returnId, order: order.id }
}

function returnable({ shipped, returned }: LockedLine): number {
  return shipped - returned
}

async function putIntoStock(scope: Scope, orderId: string, units: readonly LineUnits[]): Promise<void> {
  const byProduct = unitsByProduct(units)
  const products = await lockProducts(scope.tx, [...byProduct.keys()])
  const returned = [...byProduct].map(([productId, count]) => ({ productId, onHand: count, reserved: 0 }))
  await changeStock(scope, products, returned, { reason: 'RETURNED', orderId })
}

async function addReturned(tx: Transaction, units: readonly LineUnits[]): Promise<void> {
  await tx.$executeRaw`
    update commerce.so_line l set qty_returned = l.qty_returned + u.qty
    from unnest(${units.map(({ orderLineId }) => orderLineId)}::uuid[], ${units.map(({ quantity }) => quantity)}::int[])
      as u(uid, qty)
    where l.uid = u.uid`
}

async function createReturn(
  { tx, now }: Scope,
  orderId: string,
  units: readonly LineUnits[],
  what: { reason: string | null; restocked: boolean },
): Promise<string> {
  const id = uuidV7()
  const lines = units.map(({ orderLineId, quantity }) => ({ returnId: id, orderLineId, quantity }))
  await Promise.all([
    tx.return.create({ data: { id, orderId, ...what, returnedAt: now }, select: { id: true } }),
    tx.returnLine.createMany({ data: lines }),
  ])
  return id
}

interface Returned {
  returnId: string
  restocked: boolean
  /** Whether everything that was shipped is returned. */
  complete: boolean
}

function emitOrderReturned({ emit }: Scope, order: LockedOrder, units: readonly LineUnits[], returned: Returned): void {
  emit(orderReturned, {
    id: order.id,
    owner: order.customerId,
    payload: {
      orderId: encodeId('Order', order.id),
      number: order.number,
      returnId: encodeId('Return', returned.returnId),
      restocked: returned.restocked,
      complete: returned.complete,
      lines: unitsPayload(units),
    },
  })
}
