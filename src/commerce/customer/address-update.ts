import { builder } from '../../platform/graphql/builder.ts'
import {
  effectiveChanges,
  namedOptionalText,
  namedText,
  namedValue,
  namesNothing,
} from '../../platform/mutations/changes.ts'
import { idempotencyKeyField } from '../../platform/mutations/idempotency-key-field.ts'
import { changesCustomers } from '../access.ts'
import { outside } from '../audiences.ts'
import { type Errors, mutation, type Scope } from '../mutations.ts'
import { addressEvent, lockAddress, postalCodeLimits, regionLimits } from './address-lock.ts'
import { addressUpdated } from './customer-events.ts'

const AddressUpdateInput = builder.inputType('AddressUpdateInput', {
  description: 'What to change about an address; what is left out stays as it is.',
  fields: (t) => ({
    addressId: t.id({ required: true, description: 'The address.' }),
    version: t.int({ required: true, description: 'The version that was seen.' }),
    recipient: t.string({ sensitivity: 'personal', description: 'Who receives there.' }),
    street: t.string({ sensitivity: 'personal', description: 'Street and number.' }),
    city: t.string({ description: 'The city.' }),
    region: t.string({ description: 'The state or province; null when there is none.' }),
    postalCode: t.string({ sensitivity: 'personal', description: 'The postal code; null when there is none.' }),
    country: t.field({ type: 'CountryCode', description: 'The country.' }),
    idempotencyKey: t.string({ description: idempotencyKeyField.optional }),
  }),
})

builder.mutationField('addressUpdate', (t) =>
  t.field(
    mutation({
      subGraphs: outside,
      name: 'addressUpdate',
      description: 'Changes an address of a customer. Orders go where they were to go when they were placed.',
      auth: changesCustomers,
      input: AddressUpdateInput,
      idempotencyKey: 'optional',
      changes: { address: 'Address', customer: 'Customer' },
      run: updateAddress,
    }),
  ),
)

async function updateAddress(input: typeof AddressUpdateInput.$inferInput, scope: Scope) {
  const { tx, errors } = scope
  const named = changesOf(input, errors)
  errors.refuseIfAny()
  if (namesNothing(named)) errors.refuse('NOTHING_TO_DO', [])
  const address = await lockAddress(scope, input.addressId)
  const { id, customerId } = address
  const changed = { address: id, customer: customerId }
  if (address.version !== input.version) errors.refuseWith(changed, 'CONFLICT', ['version'])
  const changes = effectiveChanges(named, address)
  if (namesNothing(changes)) return changed
  const data = { ...changes, version: { increment: 1 } }
  await tx.address.update({ where: { id }, data })
  const event = addressEvent(address)
  scope.emit(addressUpdated, { ...event, payload: { ...event.payload, changed: Object.keys(changes) } })
  return changed
}

function changesOf(input: typeof AddressUpdateInput.$inferInput, errors: Errors) {
  return {
    recipient: namedText(errors, input.recipient, ['recipient']),
    street: namedText(errors, input.street, ['street']),
    city: namedText(errors, input.city, ['city']),
    region: namedOptionalText(errors, input.region, ['region'], regionLimits),
    postalCode: namedOptionalText(errors, input.postalCode, ['postalCode'], postalCodeLimits),
    country: namedValue(errors, input.country, ['country']),
  }
}
