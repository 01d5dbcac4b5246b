import { builder } from '../../platform/graphql/builder.ts'
import { encodeId } from '../../platform/graphql/ids.ts'
import { idempotencyKeyField } from '../../platform/mutations/idempotency-key-field.ts'
import { recordsPayments } from '../access.ts'
import { formatMinor, parseAmount } from '../money/money.ts'
import { mutation, type Scope } from '../mutations.ts'
import { type LockedOrder, lockOrder } from '../order-lifecycle/order-lock.ts'
import { nextNumber } from './document-series.ts'
import { PaymentMethod } from './payment.ts'
import { invoiceIssued, paymentRecorded } from './payment-events.ts'

const PaymentRecordInput = builder.inputType('PaymentRecordInput', {
  description: 'A payment that was received.',
  fields: (t) => ({
    orderId: t.id({ required: true, description: 'The order it is for.' }),
    amount: t.field({ type: 'Decimal', required: true, description: 'How much: the whole of `Order.grandTotal`.' }),
    currency: t.field({ type: 'CurrencyCode', required: true, description: 'The currency: that of the order.' }),
    method: t.field({ type: PaymentMethod, required: true, description: 'How it was paid.' }),
    idempotencyKey: t.string({ description: idempotencyKeyField.required }),
  }),
})

builder.mutationField('paymentRecord', (t) =>
  t.field(
    mutation({
      name: 'paymentRecord',
      description:
        'Records that an order was paid. Partial payments and overpayments are refused; the invoice is issued at once.',
      auth: recordsPayments,
      input: PaymentRecordInput,
      idempotencyKey: 'required',
      changes: { payment: 'Payment', order: 'Order', invoice: 'Invoice' },
      run: recordPayment,
    }),
  ),
)

async function recordPayment(input: typeof PaymentRecordInput.$inferInput, scope: Scope) {
  const { tx, now, errors } = scope
  const order = await lockOrder(scope, input.orderId, 'RECORD_PAYMENT')
  const due = order.totalMinor + order.freightMinor
  if (input.currency !== order.currency)
    errors.refuse('CURRENCY_MISMATCH', ['currency'], `The order is in ${order.currency}.`)
  const amountMinor = parseAmount(input.amount, order.currency)
  if (amountMinor === undefined) return errors.refuse('INVALID_AMOUNT', ['amount'])
  if (amountMinor !== due) {
    const message = `${formatMinor(due, order.currency)} ${order.currency} is to be paid, no less and no more.`
    return errors.refuse('AMOUNT_MISMATCH', ['amount'], message)
  }
  const payment = await tx.payment.create({
    data: { orderId: order.id, amountMinor, method: input.method, receivedAt: now },
    select: { id: true },
  })
  await tx.order.update({
    where: { id: order.id },
    data: { status: 'PAID', paidMinor: amountMinor, version: { increment: 1 } },
  })
  emitPaymentRecorded(scope, order, { id: payment.id, amountMinor })
  return { payment: payment.id, order: order.id, invoice: await issueInvoice(scope, order, amountMinor) }
}

/** Invoices an order when it is paid in full, in the same transaction. */
async function issueInvoice(scope: Scope, order: LockedOrder, amountMinor: bigint): Promise<string> {
  const { tx, now, emit } = scope
  const number = await nextNumber(scope, 'INV')
  const { id } = await tx.invoice.create({
    data: { number, orderId: order.id, issuedAt: now, amountMinor },
    select: { id: true },
  })
  emit(invoiceIssued, {
    id: order.id,
    owner: order.customerId,
    payload: {
      invoiceId: encodeId('Invoice', id),
      orderId: encodeId('Order', order.id),
      number,
      amount: formatMinor(amountMinor, order.currency),
      currency: order.currency,
    },
  })
  return id
}

function emitPaymentRecorded({ emit }: Scope, order: LockedOrder, payment: { id: string; amountMinor: bigint }): void {
  emit(paymentRecorded, {
    id: order.id,
    owner: order.customerId,
    payload: {
      paymentId: encodeId('Payment', payment.id),
      orderId: encodeId('Order', order.id),
      amount: formatMinor(payment.amountMinor, order.currency),
      currency: order.currency,
    },
  })
}
