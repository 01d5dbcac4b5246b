import { createHash } from 'node:crypto'
import { uuidV7 } from '../uuid-v7.ts'

/** The creation time of all demo data except orders, which Northwind does not have. */
export const demoEpoch = new Date('1996-01-01T00:00:00Z')

type DemoKind =
  | 'supplier'
  | 'category'
  | 'product'
  | 'movement'
  | 'customer'
  | 'address'
  | 'carrier'
  | 'order'
  | 'order-line'
  | 'shipment'
  | 'shipment-line'
  | 'payment'
  | 'invoice'

/**
 * The id of a row of the demo data, the same on every machine: demoId('customer', 'ALFKI').
 * @param key Northwind's own key; a line of an order is `<order>/<position>`
 * @param at the order's date, for an order and its parts
 */
export function demoId(kind: DemoKind, key: string | number, at = demoEpoch): string {
  const digest = createHash('sha256').update(`northwind:${kind}:${key}`).digest()
  return uuidV7(at.getTime(), digest.readUInt32BE(0), digest.readUInt32BE(4), digest.readUInt32BE(8))
}
