import type { Transaction } from '../../platform/database/transaction.ts'
import type { Errors } from '../mutations.ts'

export const nameLimits = { max: 100 }
export const descriptionLimits = { max: 500 }

/** Whether another category has the name. */
export async function checkName(tx: Transaction, name: string, errors: Errors, ownId?: string): Promise<void> {
  const named = await tx.category.findUnique({ where: { name }, select: { id: true } })
  if (named && named.id !== ownId) errors.refuse('NAME_TAKEN', ['name'])
}
