import { z } from 'zod'
import { anyOf } from '../../platform/auth/rule.ts'
import { changedFields, idOf, rowChange } from '../../platform/events/payload.ts'
import { topic } from '../../platform/events/topic.ts'
import { readsAllCustomers, readsForMarketing } from '../access.ts'

const ofCustomers = { version: 1, aggregate: 'Customer', owner: 'Customer', seenBy: readsAllCustomers } as const
const customerId = idOf('Customer')
const addressId = idOf('Address')

export const customerCreated = topic({
  ...ofCustomers,
  name: 'customer.created',
  about: 'A customer was added.',
  payload: z.object({ customerId, kind: z.string().describe('The kind of customer.') }),
})

export const customerConsentChanged = topic({
  ...ofCustomers,
  seenBy: anyOf(readsAllCustomers, readsForMarketing),
  name: 'customer.consent_changed',
  about: 'A customer consented to marketing, or withdrew that: stop using what you have of them.',
  payload: z.object({ customerId, marketing: z.boolean().describe('Whether they consent now.') }),
})

// Its events do not have the new values, which are personal.
export const customerUpdated = topic({
  ...ofCustomers,
  name: 'customer.updated',
  about: 'A customer has other values.',
  payload: z.object({ customerId, changed: changedFields }),
})

export const customerChanged = topic({
  ...ofCustomers,
  name: 'customer.changed',
  about: 'A customer was written in plain SQL.',
  payload: z.object({ customerId, ...rowChange }),
})

export const addressAdded = topic({
  ...ofCustomers,
  name: 'address.added',
  about: 'A customer has another address.',
  payload: z.object({ customerId, addressId }),
})

export const addressUpdated = topic({
  ...ofCustomers,
  name: 'address.updated',
  about: 'An address has other values.',
  payload: z.object({ customerId, addressId, changed: changedFields }),
})

export const addressRemoved = topic({
  ...ofCustomers,
  name: 'address.removed',
  about: 'A customer has an address less.',
  payload: z.object({ customerId, addressId }),
})
