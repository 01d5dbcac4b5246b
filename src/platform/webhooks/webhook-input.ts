import { builder } from '../graphql/builder.ts'

/** The input of a mutation that needs only to know which webhook. */
export function webhookInput(name: string, description: string) {
  return builder.inputType(name, {
    description,
    fields: (t) => ({
      webhookId: t.id({ required: true, description: 'The webhook.' }),
      idempotencyKey: t.string({
        description:
          'A key of your own, such as a UUID, that makes a retry safe; an Idempotency-Key header will do as well.',
      }),
    }),
  })
}
