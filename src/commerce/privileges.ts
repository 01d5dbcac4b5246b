import type { Domain } from '../platform/domain.ts'

const read = { select: true } as const
/** Rows that are written once and never change: events and documents. */
const append = { select: true, insert: true } as const

/**
 * What the server role may do with each table: only what reads and mutations need. No bug of the server can change a
 * field that no mutation changes, such as an id, the customer of an order or the price of its lines.
 */
export const privileges: Domain['privileges'] = {
  Supplier: read,
  Carrier: read,
  Category: { ...append, update: ['name', 'description', 'version'] },
  Product: {
    ...append,
    update: [
      'name',
      'packaging',
      'unitPriceMinor',
      'reorderLevel',
      'supplierId',
      'categoryId',
      'discontinued',
      'stockOnHand',
      'stockReserved',
      'version',
    ],
  },
  StockMovement: append,
  Customer: {
    ...append,
    update: ['kind', 'name', 'contactName', 'contactTitle', 'email', 'phone', 'country', 'marketingConsent', 'version'],
  },
  MarketingConsent: append,
  Address: {
    ...append,
    update: ['recipient', 'street', 'city', 'region', 'postalCode', 'country', 'version'],
    delete: true,
  },
  Order: {
    ...append,
    update: [
      'status',
      'totalMinor',
      'shippedAt',
      'deliveredAt',
      'cancelledAt',
      'cancelReason',
      'paidMinor',
      'refundedMinor',
      'version',
    ],
  },
  OrderLine: { ...append, update: ['shipped', 'returned'], delete: true },
  Shipment: append,
  ShipmentLine: append,
  Return: append,
  ReturnLine: append,
  Payment: append,
  Refund: append,
  Invoice: append,
  CreditNote: append,
  DocumentSeries: { ...append, update: ['last'] },
}
