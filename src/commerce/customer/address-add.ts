import { builder } from '../../platform/graphql/builder.ts'
import { idempotencyKeyField } from '../../platform/mutations/idempotency-key-field.ts'
import { optionalText, requiredText } from '../../platform/mutations/text-input.ts'
import { changesCustomers } from '../access.ts'
import { outside } from '../audiences.ts'
import { type Errors, mutation, type Scope } from '../mutations.ts'
import { addressEvent, lockCustomer, postalCodeLimits, regionLimits } from './address-lock.ts'
import { addressAdded } from './customer-events.ts'
import { customerIdOf } from './customer-input.ts'

const maxAddresses = 20

const AddressAddInput = builder.inputType('AddressAddInput', {
  description: 'A place to deliver to.',
  fields: (t) => ({
    customerId: t.id({ description: 'Whose it is. Customers add their own and may leave it out; staff must say.' }),
    recipient: t.string({ sensitivity: 'personal', required: true, description: 'Who receives there.' }),
    street: t.string({ sensitivity: 'personal', required: true, description: 'Street and number.' }),
    city: t.string({ required: true, description: 'The city.' }),
    region: t.string({ description: 'The state or province.' }),
    postalCode: t.string({ sensitivity: 'personal', description: 'The postal code.' }),
    country: t.field({ type: 'CountryCode', required: true, description: 'The country.' }),
    idempotencyKey: t.string({ description: idempotencyKeyField.optional }),
  }),
})

builder.mutationField('addressAdd', (t) =>
  t.field(
    mutation({
      subGraphs: outside,
      name: 'addressAdd',
      description: 'Adds an address to those of a customer, who has at most 20.',
      auth: changesCustomers,
      input: AddressAddInput,
      idempotencyKey: 'optional',
      changes: { address: 'Address', customer: 'Customer' },
      run: addAddress,
    }),
  ),
)

async function addAddress(input: typeof AddressAddInput.$inferInput, scope: Scope) {
  const { tx, viewer, errors } = scope
  const customerId = customerIdOf(input.customerId, viewer, errors)
  const draft = draftOf(input, errors)
  errors.refuseIfAny()
  if (!(await lockCustomer(tx, customerId))) errors.refuse('CUSTOMER_UNKNOWN', ['customerId'])
  if ((await tx.address.count({ where: { customerId } })) >= maxAddresses) errors.refuse('TOO_MANY_ADDRESSES', [])
  const { id } = await tx.address.create({ data: { ...draft, customerId }, select: { id: true } })
  scope.emit(addressAdded, addressEvent({ id, customerId }))
  return { address: id, customer: customerId }
}

function draftOf(input: typeof AddressAddInput.$inferInput, errors: Errors) {
  return {
    recipient: requiredText(errors, input.recipient, ['recipient']),
    street: requiredText(errors, input.street, ['street']),
    city: requiredText(errors, input.city, ['city']),
    region: optionalText(errors, input.region, ['region'], regionLimits),
    postalCode: optionalText(errors, input.postalCode, ['postalCode'], postalCodeLimits),
    country: input.country,
  }
}
