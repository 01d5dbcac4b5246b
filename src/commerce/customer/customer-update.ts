import type { Viewer } from '../../platform/auth/viewer.ts'
import { clientError } from '../../platform/errors.ts'
import { builder } from '../../platform/graphql/builder.ts'
import { encodeId } from '../../platform/graphql/ids.ts'
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
import { CustomerKind } from './customer.ts'
import { customerUpdated } from './customer-events.ts'
import { checkUnique, customerIdOf, emailLimits, emailOf, phoneLimits } from './customer-input.ts'

const CustomerUpdateInput = builder.inputType('CustomerUpdateInput', {
  description: 'What to change about a customer; what is left out stays as it is.',
  fields: (t) => ({
    customerId: t.id({
      description: 'The customer. Customers change themselves and may leave it out; staff must say.',
    }),
    version: t.int({ required: true, description: 'The version that was seen.' }),
    // Tagged to stay out of logs and errors, although everyone who sees the customer reads it.
    name: t.string({ sensitivity: 'personal', description: 'The name they buy under.' }),
    contactName: t.string({ sensitivity: 'personal', description: 'The person to ask for; null when there is none.' }),
    contactTitle: t.string({
      sensitivity: 'personal',
      description: 'What that person does there; null when there is nothing to say.',
    }),
    email: t.field({
      type: 'EmailAddress',
      sensitivity: 'personal',
      description: 'Their e-mail address, which no other customer has. It is kept in small letters.',
    }),
    phone: t.string({ sensitivity: 'personal', description: 'Their telephone number; null when there is none.' }),
    kind: t.field({ type: CustomerKind, description: 'A company or a person; for staff to change.' }),
    country: t.field({ type: 'CountryCode', description: 'The country they are in; for staff to change.' }),
    idempotencyKey: t.string({ description: idempotencyKeyField.optional }),
  }),
})

type Input = typeof CustomerUpdateInput.$inferInput

builder.mutationField('customerUpdate', (t) =>
  t.field(
    mutation({
      subGraphs: outside,
      name: 'customerUpdate',
      description: 'Changes what is known of a customer. Customers change how they are reached, staff all of it.',
      auth: changesCustomers,
      input: CustomerUpdateInput,
      idempotencyKey: 'optional',
      // "Taken" reveals that someone uses the address, so customers may not try any number of addresses.
      looksUp: ({ email }, { kind }) => email != null && kind !== 'staff',
      changes: { customer: 'Customer' },
      run: updateCustomer,
    }),
  ),
)

async function updateCustomer(input: Input, scope: Scope) {
  const { tx, viewer, errors, emit } = scope
  requireMayName(input, viewer)
  const id = customerIdOf(input.customerId, viewer, errors)
  const named = changesOf(input, errors)
  errors.refuseIfAny()
  if (namesNothing(named)) errors.refuse('NOTHING_TO_DO', [])
  const changes = effectiveChanges(named, await currentCustomer(scope, id, input.version))
  if (namesNothing(changes)) return { customer: id }
  await checkUnique(tx, changes, errors, id)
  errors.refuseIfAny()
  const data = { ...changes, version: { increment: 1 } }
  const { count } = await tx.customer.updateMany({ where: { id, version: input.version }, data })
  if (count === 0) errors.refuseWith({ customer: id }, 'CONFLICT', ['version'])
  emit(customerUpdated, {
    id,
    owner: id,
    // The event does not have the new values, which are personal.
    payload: { customerId: encodeId('Customer', id), changed: Object.keys(changes) },
  })
  return { customer: id }
}

function requireMayName({ kind, country }: Input, { subject }: Viewer): void {
  if (subject === undefined || (kind === undefined && country === undefined)) return
  throw clientError('FORBIDDEN', 'Only staff change `kind` and `country`.')
}

function changesOf(input: Input, errors: Errors) {
  const email = namedText(errors, input.email, ['email'], emailLimits)
  return {
    name: namedText(errors, input.name, ['name']),
    contactName: namedOptionalText(errors, input.contactName, ['contactName']),
    contactTitle: namedOptionalText(errors, input.contactTitle, ['contactTitle']),
    email: email === undefined ? undefined : emailOf(email),
    phone: namedOptionalText(errors, input.phone, ['phone'], phoneLimits),
    kind: namedValue(errors, input.kind, ['kind']),
    country: namedValue(errors, input.country, ['country']),
  }
}

const fields = {
  version: true,
  name: true,
  contactName: true,
  contactTitle: true,
  email: true,
  phone: true,
  kind: true,
  country: true,
} as const

async function currentCustomer({ tx, errors }: Scope, id: string, version: number) {
  const customer = await tx.customer.findUnique({ where: { id }, select: fields })
  if (!customer) return errors.refuse('CUSTOMER_UNKNOWN', ['customerId'])
  if (customer.version !== version) return errors.refuseWith({ customer: id }, 'CONFLICT', ['version'])
  return customer
}
