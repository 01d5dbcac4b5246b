import { builder } from '../../platform/graphql/builder.ts'
import { parseId } from '../../platform/graphql/ids.ts'
import type { LockedProduct } from '../catalog/stock.ts'
import { lineTotalMinor } from '../money/line-total.ts'
import { maxAmountMinor } from '../money/money.ts'
import type { Errors } from '../mutations.ts'
import type { LockedLine } from '../order-lifecycle/order-lock.ts'
import { isQuantity, unitsByProduct } from './line-quantities.ts'

const maxLines = 100

export const OrderLineInput = builder.inputType('OrderLineInput', {
  description: 'One product to order.',
  fields: (t) => ({
    productId: t.id({ required: true, description: 'The product.' }),
    quantity: t.int({ required: true, description: 'How many units, from 1 to 10,000.' }),
  }),
})

interface DraftLine {
  productId: string
  quantity: number
}

export interface PricedLine extends DraftLine {
  /** The existing line of the order, where there is one. */
  id?: string
  position: number
  unitPriceMinor: bigint
  discountBp: number
}

/** The parts of an order before its lines are replaced. */
interface Ordered {
  currency: string
  lines: readonly LockedLine[]
}

/** Checks an order's lines without the database. */
export function draftLines(lines: (typeof OrderLineInput.$inferInput)[], errors: Errors): DraftLine[] {
  if (lines.length === 0) errors.add('EMPTY_ORDER', ['lines'])
  if (lines.length > maxLines) return errors.refuse('TOO_MANY_LINES', ['lines'])
  const seen = new Set<string>()
  return lines.map(({ productId: publicId, quantity }, index) => {
    const path = ['lines', index]
    const productId = parseId('Product', publicId)
    if (!isQuantity(quantity)) errors.add('INVALID_QUANTITY', [...path, 'quantity'])
    if (!productId) errors.add('PRODUCT_UNKNOWN', [...path, 'productId'])
    else if (seen.has(productId)) errors.add('DUPLICATE_PRODUCT', [...path, 'productId'])
    else seen.add(productId)
    return { productId: productId ?? '', quantity }
  })
}

/**
 * Lines at today's prices, each checked against its locked product. A product that the order already has keeps its
 * line's price and discount. Ends the mutation where a line cannot be delivered.
 */
export function priceLines(
  lines: readonly DraftLine[],
  products: ReadonlyMap<string, LockedProduct>,
  errors: Errors,
  ordered?: Ordered,
): { lines: PricedLine[]; currency: string } {
  const held = byProduct(ordered?.lines ?? [])
  const currency = ordered?.currency ?? firstCurrency(lines, products)
  const priced = lines.map(({ productId, quantity }, index) => {
    const product = products.get(productId)
    const kept = held.get(productId)
    checkLine({ product, quantity, held: kept?.quantity ?? 0, currency, index }, errors)
    return { ...priceOf(product, kept), productId, quantity, position: index + 1 }
  })
  errors.refuseIfAny()
  return { lines: priced, currency }
}

function priceOf(product: LockedProduct | undefined, kept: LockedLine | undefined) {
  if (!kept) return { unitPriceMinor: product?.unitPriceMinor ?? 0n, discountBp: 0 }
  return { id: kept.id, unitPriceMinor: kept.unitPriceMinor, discountBp: kept.discountBp }
}

/** One line for each product, with the units of all: imported orders may have two lines of one product. */
function byProduct(lines: readonly LockedLine[]): Map<string, LockedLine> {
  const units = unitsByProduct(lines)
  const byId = new Map(lines.toReversed().map((line) => [line.productId, line]))
  for (const [productId, line] of byId) byId.set(productId, { ...line, quantity: units.get(productId) ?? 0 })
  return byId
}

function firstCurrency(lines: readonly DraftLine[], products: ReadonlyMap<string, LockedProduct>): string {
  return lines.map(({ productId }) => products.get(productId)?.currency).find((found) => found !== undefined) ?? ''
}

interface LineToCheck {
  product: LockedProduct | undefined
  quantity: number
  /** Units of it that the order has already reserved. */
  held: number
  currency: string
  index: number
}

function checkLine({ product, quantity, held, currency, index }: LineToCheck, errors: Errors): void {
  const path = ['lines', index]
  const more = quantity - held
  if (!product) errors.add('PRODUCT_UNKNOWN', [...path, 'productId'])
  else if (product.discontinued && more > 0) {
    errors.add('PRODUCT_DISCONTINUED', [...path, 'productId'], `${product.name} is no longer sold.`)
  } else if (product.currency !== currency && held === 0) errors.add('CURRENCY_MISMATCH', [...path, 'productId'])
  else if (product.available < more) {
    const left = product.available + held
    const message = left > 0 ? `Of ${product.name} ${left} are available.` : `None of ${product.name} is left.`
    errors.add('INSUFFICIENT_STOCK', [...path, 'quantity'], message)
  }
}

/** The sum of the line totals, in minor units. */
export function totalOf(lines: readonly PricedLine[], errors: Errors): bigint {
  const totalMinor = lines.reduce((sum, line) => sum + lineTotalMinor(line), 0n)
  return totalMinor > maxAmountMinor ? errors.refuse('TOTAL_TOO_LARGE', ['lines']) : totalMinor
}
