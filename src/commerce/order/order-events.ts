import { z } from 'zod'
import { idOf, rowChange } from '../../platform/events/payload.ts'
import { topic } from '../../platform/events/topic.ts'
import { amountText, currencyText } from '../money/money-payload.ts'
import { ofOrders } from '../order-topic.ts'

const orderId = idOf('Order')
const number = z.int().describe('The number of the order.')
const quantity = z.int().describe('Units.')
const productLines = z.array(z.object({ productId: idOf('Product'), quantity })).describe('What is ordered.')
const unitLines = z
  .array(z.object({ orderLineId: idOf('OrderLine'), productId: idOf('Product'), quantity }))
  .describe('The lines, and how many units of each.')
const complete = z.boolean().describe('Whether no unit of the order is left.')

export const orderPlaced = topic({
  ...ofOrders,
  name: 'order.placed',
  about: 'A customer has ordered.',
  payload: z.object({
    orderId,
    number,
    customerId: idOf('Customer'),
    total: amountText,
    currency: currencyText,
    lines: productLines,
  }),
})

export const orderLinesUpdated = topic({
  ...ofOrders,
  name: 'order.lines_updated',
  about: 'An order has other lines.',
  payload: z.object({ orderId, number, total: amountText, currency: currencyText, lines: productLines }),
})

export const orderShipped = topic({
  ...ofOrders,
  name: 'order.shipped',
  about: 'A shipment of an order has left.',
  payload: z.object({
    orderId,
    number,
    shipmentId: idOf('Shipment'),
    carrierId: idOf('Carrier'),
    trackingNumber: z.string().nullable().describe('The carrier’s number of it.'),
    complete,
    lines: unitLines,
  }),
})

export const orderDelivered = topic({
  ...ofOrders,
  name: 'order.delivered',
  about: 'An order has arrived.',
  payload: z.object({ orderId, number }),
})

export const orderReturned = topic({
  ...ofOrders,
  name: 'order.returned',
  about: 'Units of an order came back.',
  payload: z.object({
    orderId,
    number,
    returnId: idOf('Return'),
    restocked: z.boolean().describe('Whether they are in the stock again.'),
    complete,
    lines: unitLines,
  }),
})

export const orderCancelled = topic({
  ...ofOrders,
  name: 'order.cancelled',
  about: 'An order is cancelled.',
  payload: z.object({ orderId, number }),
})

export const orderChanged = topic({
  ...ofOrders,
  name: 'order.changed',
  about: 'An order was written in plain SQL.',
  payload: z.object({ orderId, ...rowChange }),
})
