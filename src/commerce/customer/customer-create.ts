import { builder } from '../../platform/graphql/builder.ts'
import { encodeId } from '../../platform/graphql/ids.ts'
import { idempotencyKeyField } from '../../platform/mutations/idempotency-key-field.ts'
import { optionalText, requiredText } from '../../platform/mutations/text-input.ts'
import { createsCustomers } from '../access.ts'
import { forPartners } from '../audiences.ts'
import { type Errors, mutation, type Scope } from '../mutations.ts'
import { CustomerKind } from './customer.ts'
import { customerCreated } from './customer-events.ts'
import { checkUnique, codeLimits, emailLimits, emailOf, phoneLimits } from './customer-input.ts'

const CustomerCreateInput = builder.inputType('CustomerCreateInput', {
  description: 'A customer to take on.',
  fields: (t) => ({
    code: t.string({
      required: true,
      description: 'The short code the shop knows them by: 2 to 12 capital letters and digits that no other has.',
    }),
    kind: t.field({ type: CustomerKind, required: true, description: 'A company or a person.' }),
    // Tagged to stay out of logs and errors, although everyone who sees the customer reads it.
    name: t.string({ sensitivity: 'personal', required: true, description: 'The name they buy under.' }),
    contactName: t.string({ sensitivity: 'personal', description: 'The person to ask for.' }),
    contactTitle: t.string({ sensitivity: 'personal', description: 'What that person does there.' }),
    email: t.field({
      type: 'EmailAddress',
      sensitivity: 'personal',
      required: true,
      description: 'Their e-mail address, which no other customer has. It is kept in small letters.',
    }),
    phone: t.string({ sensitivity: 'personal', description: 'Their telephone number.' }),
    country: t.field({ type: 'CountryCode', required: true, description: 'The country they are in.' }),
    idempotencyKey: t.string({ description: idempotencyKeyField.optional }),
  }),
})

builder.mutationField('customerCreate', (t) =>
  t.field(
    mutation({
      subGraphs: forPartners,
      name: 'customerCreate',
      description: 'Takes on a customer.',
      auth: createsCustomers,
      input: CustomerCreateInput,
      idempotencyKey: 'optional',
      inBulk: true,
      changes: { customer: 'Customer' },
      run: createCustomer,
    }),
  ),
)

async function createCustomer(input: typeof CustomerCreateInput.$inferInput, scope: Scope) {
  const { tx, errors, now, emit } = scope
  const draft = draftOf(input, errors)
  errors.refuseIfAny()
  await checkUnique(tx, draft, errors)
  errors.refuseIfAny()
  const { id } = await tx.customer.create({ data: { ...draft, createdAt: now }, select: { id: true } })
  emit(customerCreated, {
    id,
    owner: id,
    payload: { customerId: encodeId('Customer', id), kind: draft.kind },
  })
  return { customer: id }
}

function draftOf(input: typeof CustomerCreateInput.$inferInput, errors: Errors) {
  return {
    code: requiredText(errors, input.code, ['code'], codeLimits),
    kind: input.kind,
    name: requiredText(errors, input.name, ['name']),
    contactName: optionalText(errors, input.contactName, ['contactName']),
    contactTitle: optionalText(errors, input.contactTitle, ['contactTitle']),
    email: emailOf(requiredText(errors, input.email, ['email'], emailLimits)),
    phone: optionalText(errors, input.phone, ['phone'], phoneLimits),
    country: input.country,
  }
}
