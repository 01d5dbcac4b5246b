import { builder } from '../../platform/graphql/builder.ts'
import { idempotencyKeyField } from '../../platform/mutations/idempotency-key-field.ts'
import { optionalText } from '../../platform/mutations/text-input.ts'
import { recordsPayments } from '../access.ts'
import { formatMinor, parseAmount } from '../money/money.ts'
import { mutation, type Scope } from '../mutations.ts'
import { lockOrder } from '../order-lifecycle/order-lock.ts'
import { issueRefund } from './refund-issue.ts'

const PaymentRefundInput = builder.inputType('PaymentRefundInput', {
  description: 'Money to give back.',
  fields: (t) => ({
    orderId: t.id({ required: true, description: 'The order it was paid for.' }),
    amount: t.field({
      type: 'Decimal',
      required: true,
      description: 'How much: at most what was received and not yet given back (`Order.balance`).',
    }),
    currency: t.field({ type: 'CurrencyCode', required: true, description: 'The currency: that of the order.' }),
    reason: t.string({
      sensitivity: 'personal',
      description: 'Why, for the people who read it later; at most 500 characters.',
    }),
    idempotencyKey: t.string({ description: idempotencyKeyField.required }),
  }),
})

builder.mutationField('paymentRefund', (t) =>
  t.field(
    mutation({
      name: 'paymentRefund',
      description: 'Gives money back, in part or whole, and issues a credit note for it.',
      auth: recordsPayments,
      input: PaymentRefundInput,
      idempotencyKey: 'required',
      changes: { refund: 'Refund', order: 'Order' },
      run: refundPayment,
    }),
  ),
)

async function refundPayment(input: typeof PaymentRefundInput.$inferInput, scope: Scope) {
  const { errors } = scope
  const reason = optionalText(errors, input.reason, ['reason'], { max: 500 })
  errors.refuseIfAny()
  const order = await lockOrder(scope, input.orderId, 'REFUND')
  if (input.currency !== order.currency)
    errors.refuse('CURRENCY_MISMATCH', ['currency'], `The order is in ${order.currency}.`)
  const amountMinor = parseAmount(input.amount, order.currency)
  if (amountMinor === undefined || amountMinor <= 0n) return errors.refuse('INVALID_AMOUNT', ['amount'])
  const left = order.paidMinor - order.refundedMinor
  if (amountMinor > left) {
    errors.refuse(
      'REFUND_EXCEEDED',
      ['amount'],
      `At most ${formatMinor(left, order.currency)} ${order.currency} can be given back.`,
    )
  }
  return { refund: await issueRefund(scope, order, amountMinor, reason), order: order.id }
}
