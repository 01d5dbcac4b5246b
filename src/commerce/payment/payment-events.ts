import { z } from 'zod'
import { idOf } from '../../platform/events/payload.ts'
import { topic } from '../../platform/events/topic.ts'
import { amountText, currencyText } from '../money/money-payload.ts'
import { ofOrders } from '../order-topic.ts'

const money = { amount: amountText, currency: currencyText }
const orderId = idOf('Order')
const number = z.string().describe('The number of the document.')

export const paymentRecorded = topic({
  ...ofOrders,
  name: 'payment.recorded',
  about: 'An order is paid.',
  payload: z.object({ paymentId: idOf('Payment'), orderId, ...money }),
})

export const invoiceIssued = topic({
  ...ofOrders,
  name: 'invoice.issued',
  about: 'An order is invoiced.',
  payload: z.object({ invoiceId: idOf('Invoice'), orderId, number, ...money }),
})

export const paymentRefunded = topic({
  ...ofOrders,
  name: 'payment.refunded',
  about: 'Money was given back.',
  payload: z.object({ refundId: idOf('Refund'), orderId, ...money }),
})

export const creditNoteIssued = topic({
  ...ofOrders,
  name: 'credit_note.issued',
  about: 'A refund has its document.',
  payload: z.object({ creditNoteId: idOf('CreditNote'), orderId, number, ...money }),
})
