import { decimalIn, missingIn, wholeNumber } from '../form/typed-values.ts'
import type { InputError } from '../form/user-errors.ts'
import type { ProductUpdateInput } from '../gql/graphql.ts'

const names = ['name', 'packaging', 'categoryId', 'supplierId', 'amount', 'reorderLevel'] as const

/** The fields of a product as they are typed. */
export type ProductDraft = Record<(typeof names)[number], string>
export const productFields = ['name', 'packaging', 'categoryId', 'supplierId', 'unitPrice.amount', 'reorderLevel']

/** Errors that the API's types leave no room for. */
export function faultsIn({ name, categoryId, supplierId, amount }: ProductDraft): InputError[] {
  const missing = missingIn({ name, categoryId, supplierId, 'unitPrice.amount': amount })
  if (amount.trim() === '' || decimalIn(amount) !== undefined) return missing
  const message = 'An amount such as 12.50.'
  return [...missing, { code: 'INVALID_AMOUNT', message, path: ['unitPrice', 'amount'] }]
}

/** The fields in which two drafts differ. */
export function differing(one: ProductDraft, other: ProductDraft): (keyof ProductDraft)[] {
  return names.filter((name) => one[name] !== other[name])
}

/** The changes made here, applied to what another person has saved meanwhile. */
export function merged(mine: ProductDraft, before: ProductDraft, theirs: ProductDraft): ProductDraft {
  return { ...theirs, ...Object.fromEntries(differing(mine, before).map((name) => [name, mine[name]])) }
}

/** The changes as the API's input: an omitted field stays as it is. */
export function changesOf(mine: ProductDraft, before: ProductDraft, currency: string): Partial<ProductUpdateInput> {
  const values: Record<keyof ProductDraft, Partial<ProductUpdateInput>> = {
    name: { name: mine.name.trim() },
    packaging: { packaging: mine.packaging.trim() || null },
    categoryId: { categoryId: mine.categoryId },
    supplierId: { supplierId: mine.supplierId },
    amount: { unitPrice: { amount: decimalIn(mine.amount) ?? mine.amount, currency } },
    reorderLevel: { reorderLevel: wholeNumber(mine.reorderLevel) },
  }
  return Object.assign({}, ...differing(mine, before).map((name) => values[name]))
}
