import { builder } from '../../platform/builder.ts'
import { parseId } from '../../platform/ids.ts'
import type { LockedProduct } from '../catalog/stock.ts'
import { lineTotalMinor } from '../money/line-total.ts'
import { maxAmountMinor } from '../money/money.ts'
import type { Errors } from '../verbs.ts'

const maxLines = 100
const maxQuantity = 10_000

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
  position: number
  unitPriceMinor: bigint
  discountBp: number
}

export function isQuantity(quantity: number): boolean {
  return quantity >= 1 && quantity <= maxQuantity
}

/** What can be said of an order's lines without the database. */
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
 * Lines at today's prices, each checked against its locked product. `heldOf` is what the order has reserved of a
 * product already. Ends the verb where any line cannot be had.
 */
export function priceLines(
  lines: readonly DraftLine[],
  products: ReadonlyMap<string, LockedProduct>,
  errors: Errors,
  heldOf: (productId: string) => number = () => 0,
): { lines: PricedLine[]; currency: string } {
  const currency =
    lines.map(({ productId }) => products.get(productId)?.currency).find((found) => found !== undefined) ?? ''
  const priced = lines.map(({ productId, quantity }, index) => {
    const product = products.get(productId)
    const available = (product?.available ?? 0) + heldOf(productId)
    checkLine({ product, quantity, available, currency, index }, errors)
    return { productId, quantity, position: index + 1, unitPriceMinor: product?.unitPriceMinor ?? 0n, discountBp: 0 }
  })
  errors.refuseIfAny()
  return { lines: priced, currency }
}

interface LineToCheck {
  product: LockedProduct | undefined
  quantity: number
  available: number
  currency: string
  index: number
}

function checkLine({ product, quantity, available, currency, index }: LineToCheck, errors: Errors): void {
  const path = ['lines', index]
  if (!product) errors.add('PRODUCT_UNKNOWN', [...path, 'productId'])
  else if (product.discontinued) {
    errors.add('PRODUCT_DISCONTINUED', [...path, 'productId'], `${product.name} is no longer sold.`)
  } else if (product.currency !== currency) errors.add('CURRENCY_MISMATCH', [...path, 'productId'])
  else if (available < quantity)
    errors.add('INSUFFICIENT_STOCK', [...path, 'quantity'], `Of ${product.name} ${available} are available.`)
}

/** The sum of the line totals, in minor units. */
export function totalOf(lines: readonly PricedLine[], errors: Errors): bigint {
  const totalMinor = lines.reduce((sum, line) => sum + lineTotalMinor(line), 0n)
  return totalMinor > maxAmountMinor ? errors.refuse('TOTAL_TOO_LARGE', ['lines']) : totalMinor
}
