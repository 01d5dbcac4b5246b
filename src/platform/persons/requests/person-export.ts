import { anyOf } from '../../auth/rule.ts'
import { builder } from '../../graphql/builder.ts'
import type { Mutation, MutationWork } from '../../mutations/define-mutations.ts'
import { idempotencyKeyField } from '../../mutations/idempotency-key-field.ts'
import type { CommonCode } from '../../mutations/user-errors.ts'
import { namedPerson, personIdFields } from './named-person.ts'
import { manages, type PersonOptions } from './person-options.ts'
import { scheduleRequest } from './schedule-request.ts'

export function definePersonExport<Code extends string>(mutation: Mutation<Code>, options: PersonOptions): void {
  const PersonExportInput = builder.inputType('PersonExportInput', {
    description: 'Whose data to export.',
    fields: (t) => ({
      ...personIdFields(t, options),
      idempotencyKey: t.string({ description: idempotencyKeyField.optional }),
    }),
  })
  type Input = typeof PersonExportInput.$inferInput

  builder.mutationField('personExport', (t) =>
    t.field(
      mutation({
        name: 'personExport',
        subGraphs: options.subGraphs ?? [],
        description:
          'Collects all that is held of a person in one archive (GDPR, articles 15 and 20): JSON with the names of this API, and ' +
          'a page to read. It runs as a job; `url` of the request then has the file.',
        auth: anyOf(options.asks, manages(options)),
        input: PersonExportInput,
        idempotencyKey: 'optional',
        changes: { personRequest: 'PersonRequest' },
        prepare: async (_input: Input, { context }) => context.persons,
        run: async (input: Input, work: MutationWork<CommonCode>, persons) => {
          const person = await namedPerson(input, options, work)
          return { personRequest: await scheduleRequest(person, { kind: 'EXPORT', beginsAt: work.now }, work, persons) }
        },
      }),
    ),
  )
}
