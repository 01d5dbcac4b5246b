import type { Viewer } from '../../platform/auth/viewer.ts'
import type { Transaction } from '../../platform/database/transaction.ts'
import { parseId } from '../../platform/graphql/ids.ts'
import { phoneNumber } from '../../platform/mutations/text-input.ts'
import type { Errors } from '../mutations.ts'

export const codeLimits = { pattern: { expression: /^[A-Z0-9]{2,12}$/, example: '"ALFKI"' } }
/** RFC 5321, section 4.5.3.1.3, without the brackets. */
export const emailLimits = { max: 254 }
export const phoneLimits = { max: 30, pattern: phoneNumber }

/**
 * The customer that a mutation is for: a customer acts for themselves, also without naming the id; staff must name one.
 */
export function customerIdOf(publicId: string | null | undefined, viewer: Viewer, errors: Errors): string {
  const asked = publicId == null ? undefined : parseId('Customer', publicId)
  const customerId = viewer.subject ?? asked ?? ''
  if (publicId == null && !viewer.subject) errors.add('CUSTOMER_REQUIRED', ['customerId'])
  // A customer does not learn whether another id exists.
  else if (publicId != null && asked !== customerId) errors.add('CUSTOMER_UNKNOWN', ['customerId'])
  return customerId
}

/** One spelling for each address: mail ignores the case of letters. */
export function emailOf(email: string): string {
  return email.toLowerCase()
}

interface Unique {
  code?: string
  email?: string
}

/** Adds an error for each value that another customer has. */
export async function checkUnique(
  tx: Transaction,
  { code, email }: Unique,
  errors: Errors,
  ownId?: string,
): Promise<void> {
  const values = [...(code === undefined ? [] : [{ code }]), ...(email === undefined ? [] : [{ email }])]
  if (values.length === 0) return
  const found = await tx.customer.findMany({ anyOf: values, select: { id: true, code: true, email: true } })
  const others = found.filter(({ id }) => id !== ownId)
  if (others.some((other) => other.code === code)) errors.add('CODE_TAKEN', ['code'])
  if (others.some((other) => other.email === email)) errors.add('EMAIL_TAKEN', ['email'])
}
