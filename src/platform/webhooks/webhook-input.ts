import { builder } from '../graphql/builder.ts'
import { idempotencyKeyField } from '../mutations/idempotency-key-field.ts'

/** The input of a mutation that needs only to know which webhook. */
export function webhookInput(name: string, description: string) {
  return builder.inputType(name, {
    description,
    fields: (t) => ({
      webhookId: t.id({ required: true, description: 'The webhook.' }),
      idempotencyKey: t.string({ description: idempotencyKeyField.optional }),
    }),
  })
}
