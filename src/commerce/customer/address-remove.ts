import { builder } from '../../platform/graphql/builder.ts'
import { idempotencyKeyField } from '../../platform/mutations/idempotency-key-field.ts'
import { changesCustomers } from '../access.ts'
import { outside } from '../audiences.ts'
import { mutation, type Scope } from '../mutations.ts'
import { addressEvent, lockAddress } from './address-lock.ts'
import { addressRemoved } from './customer-events.ts'

const AddressRemoveInput = builder.inputType('AddressRemoveInput', {
  description: 'An address to remove.',
  fields: (t) => ({
    addressId: t.id({ required: true, description: 'The address.' }),
    idempotencyKey: t.string({ description: idempotencyKeyField.optional }),
  }),
})

builder.mutationField('addressRemove', (t) =>
  t.field(
    mutation({
      subGraphs: outside,
      name: 'addressRemove',
      description: 'Removes an address from those of a customer. Orders still go where they were to go.',
      auth: changesCustomers,
      input: AddressRemoveInput,
      idempotencyKey: 'optional',
      changes: { customer: 'Customer' },
      run: removeAddress,
    }),
  ),
)

async function removeAddress(input: typeof AddressRemoveInput.$inferInput, scope: Scope) {
  const address = await lockAddress(scope, input.addressId)
  await scope.tx.address.deleteMany({ where: { id: address.id } })
  scope.emit(addressRemoved, addressEvent(address))
  return { customer: address.customerId }
}
