import type { Transaction } from '../../platform/database/transaction.ts'
import { encodeId, parseId } from '../../platform/graphql/ids.ts'
import type { Scope } from '../mutations.ts'

const fields = {
  id: true,
  customerId: true,
  version: true,
  recipient: true,
  street: true,
  city: true,
  region: true,
  postalCode: true,
  country: true,
} as const

export const regionLimits = { max: 100 }
export const postalCodeLimits = { max: 20 }

/** Locks a customer, and so the list of their addresses, until the transaction ends. */
export async function lockCustomer(tx: Transaction, id: string): Promise<boolean> {
  const locked = await tx.$executeRaw`
    select 1 from commerce.crm_customer where uid = ${id}::uuid for no key update`
  return locked > 0
}

/** An address that this viewer may change, with its customer locked. Ends the mutation where there is none. */
export async function lockAddress({ tx, viewer, errors }: Scope, publicId: string) {
  const id = parseId('Address', publicId) ?? errors.refuse('ADDRESS_UNKNOWN', ['addressId'])
  const seen = await tx.address.findUnique({ where: { id }, select: { customerId: true } })
  // A customer does not learn whether another customer's address exists.
  if (!seen || (viewer.subject && seen.customerId !== viewer.subject))
    return errors.refuse('ADDRESS_UNKNOWN', ['addressId'])
  await lockCustomer(tx, seen.customerId)
  const address = await tx.address.findUnique({ where: { id }, select: fields })
  return address ?? errors.refuse('ADDRESS_UNKNOWN', ['addressId'])
}

/** The event of an address. It happens to the customer, and has no part of the address. */
export function addressEvent({ id, customerId }: { id: string; customerId: string }) {
  const payload = { customerId: encodeId('Customer', customerId), addressId: encodeId('Address', id) }
  return { id: customerId, owner: customerId, payload }
}
