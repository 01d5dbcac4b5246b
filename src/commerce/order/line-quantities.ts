import { builder } from '../../platform/graphql/builder.ts'
import { encodeId, parseId } from '../../platform/graphql/ids.ts'
import type { Errors } from '../mutations.ts'
import type { LockedLine } from '../order-lifecycle/order-lock.ts'

const maxQuantity = 10_000

export const OrderLineQuantityInput = builder.inputType('OrderLineQuantityInput', {
  description: 'Units of one line of an order.',
  fields: (t) => ({
    orderLineId: t.id({ required: true, description: 'The line.' }),
    quantity: t.int({ required: true, description: 'How many of its units, from 1 to what is left.' }),
  }),
})

type Asked = typeof OrderLineQuantityInput.$inferInput

/** Units of a line that are shipped or returned. */
export interface LineUnits {
  orderLineId: string
  productId: string
  quantity: number
}

export function isQuantity(quantity: number): boolean {
  return quantity >= 1 && quantity <= maxQuantity
}

/** The requested units, each checked against the rest of its line. Adds an error for each that exceeds it. */
export function chooseUnits(
  asked: readonly Asked[],
  lines: readonly LockedLine[],
  leftOf: (line: LockedLine) => number,
  errors: Errors,
): LineUnits[] {
  if (asked.length === 0) errors.add('NOTHING_TO_DO', ['lines'])
  const byId = new Map(lines.map((line) => [line.id, line]))
  const seen = new Set<string>()
  return asked.flatMap(({ orderLineId, quantity }, index) => {
    const path = ['lines', index]
    const line = byId.get(parseId('OrderLine', orderLineId) ?? '')
    if (!line) errors.add('LINE_UNKNOWN', [...path, 'orderLineId'])
    else if (seen.has(line.id)) errors.add('DUPLICATE_LINE', [...path, 'orderLineId'])
    checkQuantity(quantity, line && leftOf(line), [...path, 'quantity'], errors)
    if (!line) return []
    seen.add(line.id)
    return [{ orderLineId: line.id, productId: line.productId, quantity }]
  })
}

function checkQuantity(
  quantity: number,
  left: number | undefined,
  path: readonly (string | number)[],
  errors: Errors,
): void {
  if (!isQuantity(quantity)) errors.add('INVALID_QUANTITY', path)
  else if (left !== undefined && quantity > left)
    errors.add('QUANTITY_EXCEEDED', path, `Of this line ${left} are left.`)
}

/** The rest of every line. */
export function allUnits(lines: readonly LockedLine[], leftOf: (line: LockedLine) => number): LineUnits[] {
  return lines
    .map((line) => ({ orderLineId: line.id, productId: line.productId, quantity: leftOf(line) }))
    .filter(({ quantity }) => quantity > 0)
}

/** Units by product, because two lines may name the same product. */
export function unitsByProduct(lines: readonly { productId: string; quantity: number }[]): Map<string, number> {
  const units = new Map<string, number>()
  for (const { productId, quantity } of lines) units.set(productId, (units.get(productId) ?? 0) + quantity)
  return units
}

export function sumOf(lines: readonly { quantity: number }[]): number {
  return lines.reduce((sum, { quantity }) => sum + quantity, 0)
}

/** The units as events show them. */
export function unitsPayload(units: readonly LineUnits[]) {
  return units.map(({ orderLineId, productId, quantity }) => {
    return { orderLineId: encodeId('OrderLine', orderLineId), productId: encodeId('Product', productId), quantity }
  })
}
