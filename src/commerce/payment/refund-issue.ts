import { encodeId } from '../../platform/graphql/ids.ts'
import { formatMinor } from '../money/money.ts'
import type { Scope } from '../mutations.ts'
import type { LockedOrder } from '../order-lifecycle/order-lock.ts'
import { nextNumber } from './document-series.ts'
import { creditNoteIssued, paymentRefunded } from './payment-events.ts'

/** Refunds money of a locked order and issues the credit note. Returns the refund's id. */
export async function issueRefund(
  scope: Scope,
  order: LockedOrder,
  amountMinor: bigint,
  reason: string | null,
): Promise<string> {
  const { tx, now, emit } = scope
  const refund = await tx.refund.create({
    data: { orderId: order.id, amountMinor, reason, refundedAt: now },
    select: { id: true },
  })
  await tx.order.update({
    where: { id: order.id },
    data: { refundedMinor: { increment: amountMinor }, version: { increment: 1 } },
  })
  const number = await nextNumber(scope, 'CN')
  const creditNote = await tx.creditNote.create({
    data: { number, orderId: order.id, refundId: refund.id, issuedAt: now, amountMinor },
    select: { id: true },
  })
  const orderId = encodeId('Order', order.id)
  const money = { amount: formatMinor(amountMinor, order.currency), currency: order.currency }
  emit(paymentRefunded, {
    id: order.id,
    owner: order.customerId,
    payload: { refundId: encodeId('Refund', refund.id), orderId, ...money },
  })
  emit(creditNoteIssued, {
    id: order.id,
    owner: order.customerId,
    payload: { creditNoteId: encodeId('CreditNote', creditNote.id), orderId, number, ...money },
  })
  return refund.id
}
