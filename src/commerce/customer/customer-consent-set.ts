import { builder } from '../../platform/graphql/builder.ts'
import { encodeId } from '../../platform/graphql/ids.ts'
import { idempotencyKeyField } from '../../platform/mutations/idempotency-key-field.ts'
import { changesCustomers } from '../access.ts'
import { outside } from '../audiences.ts'
import { mutation, type Scope } from '../mutations.ts'
import { lockCustomer } from './address-lock.ts'
import { customerConsentChanged } from './customer-events.ts'
import { customerIdOf } from './customer-input.ts'

const CustomerConsentSetInput = builder.inputType('CustomerConsentSetInput', {
  description: 'What a customer consents to.',
  fields: (t) => ({
    customerId: t.id({ description: 'Who. Customers speak for themselves and may leave it out; staff must say.' }),
    marketing: t.boolean({ required: true, description: 'Whether they may be told of offers.' }),
    idempotencyKey: t.string({ description: idempotencyKeyField.optional }),
  }),
})

builder.mutationField('customerConsentSet', (t) =>
  t.field(
    mutation({
      subGraphs: outside,
      name: 'customerConsentSet',
      description:
        'Records that a customer consents to marketing, or withdraws that. Exports and webhooks for marketing have those who consent.',
      auth: changesCustomers,
      input: CustomerConsentSetInput,
      idempotencyKey: 'optional',
      changes: { customer: 'Customer' },
      run: setConsent,
    }),
  ),
)

async function setConsent(
  { customerId, marketing }: typeof CustomerConsentSetInput.$inferInput,
  { tx, viewer, now, errors, emit }: Scope,
) {
  const id = customerIdOf(customerId, viewer, errors)
  errors.refuseIfAny()
  await lockCustomer(tx, id)
  const customer = await tx.customer.findUnique({ where: { id }, select: { marketingConsent: true } })
  if (!customer) return errors.refuse('CUSTOMER_UNKNOWN', ['customerId'])
  if (customer.marketingConsent === marketing) return { customer: id }
  await tx.customer.updateMany({ where: { id }, data: { marketingConsent: marketing, version: { increment: 1 } } })
  await tx.marketingConsent.create({
    data: { customerId: id, isGiven: marketing, actorKind: viewer.kind, at: now },
    select: { id: true },
  })
  emit(customerConsentChanged, { id, owner: id, payload: { customerId: encodeId('Customer', id), marketing } })
  return { customer: id }
}
