import type { Transaction } from '../../platform/database/transaction.ts'
import { parseId } from '../../platform/graphql/ids.ts'
import type { Errors } from '../mutations.ts'

/** More units than any warehouse holds. Sums of them still fit their column. */
export const maxUnits = 1_000_000_000

export const packagingLimits = { max: 200 }

/** A number of units that may be 0. */
export function checkUnits(units: number, errors: Errors, path: readonly string[]): void {
  if (units < 0 || units > maxUnits) errors.add('INVALID_QUANTITY', path, `It is from 0 to ${maxUnits}.`)
}

export function supplierIdOf(publicId: string, errors: Errors): string {
  const id = parseId('Supplier', publicId)
  if (!id) errors.add('SUPPLIER_UNKNOWN', ['supplierId'])
  return id ?? ''
}

export function categoryIdOf(publicId: string, errors: Errors): string {
  const id = parseId('Category', publicId)
  if (!id) errors.add('CATEGORY_UNKNOWN', ['categoryId'])
  return id ?? ''
}

/** Checks that supplier and category exist. */
export async function checkParents(
  tx: Transaction,
  { supplierId, categoryId }: { supplierId?: string; categoryId?: string },
  errors: Errors,
): Promise<void> {
  if (supplierId !== undefined && !(await tx.supplier.findUnique({ where: { id: supplierId }, select: { id: true } })))
    errors.add('SUPPLIER_UNKNOWN', ['supplierId'])
  if (categoryId !== undefined && !(await tx.category.findUnique({ where: { id: categoryId }, select: { id: true } })))
    errors.add('CATEGORY_UNKNOWN', ['categoryId'])
}
