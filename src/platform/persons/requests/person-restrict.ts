import { builder } from '../../graphql/builder.ts'
import type { Mutation, MutationWork } from '../../mutations/define-mutations.ts'
import { idempotencyKeyField } from '../../mutations/idempotency-key-field.ts'
import type { CommonCode } from '../../mutations/user-errors.ts'
import { namedPerson, personIdFields } from './named-person.ts'
import { manages, type PersonOptions } from './person-options.ts'
import { scheduleRequest } from './schedule-request.ts'

/** Adds `personRestrict` and `personRelease`, which takes it back. */
export function definePersonRestrict<Code extends string>(mutation: Mutation<Code>, options: PersonOptions): void {
  define(mutation, options, {
    name: 'personRestrict',
    kind: 'RESTRICTION',
    input: 'Whose personal values to take out of use.',
    description:
      'Takes the personal values of a person out of use (GDPR, article 18): nobody reads them but in an export by those who ' +
      'handle requests, and `personRelease` puts them back.',
  })
  define(mutation, options, {
    name: 'personRelease',
    kind: 'RELEASE',
    input: 'Whose personal values to put back.',
    description:
      'Ends a restriction: the values that it took out of use are put back. Values that came meanwhile stay.',
  })
}

interface Definition {
  name: string
  kind: 'RESTRICTION' | 'RELEASE'
  input: string
  description: string
}

function define<Code extends string>(
  mutation: Mutation<Code>,
  options: PersonOptions,
  { name, kind, input, description }: Definition,
): void {
  const InputType = builder.inputType(`${name.replace('p', 'P')}Input`, {
    description: input,
    fields: (t) => ({
      ...personIdFields(t, options),
      idempotencyKey: t.string({ description: idempotencyKeyField.optional }),
    }),
  })
  type Input = typeof InputType.$inferInput

  builder.mutationField(name, (t) =>
    t.field(
      mutation({
        name,
        description,
        auth: manages(options),
        input: InputType,
        idempotencyKey: 'optional',
        changes: { personRequest: 'PersonRequest' },
        prepare: async (_input: Input, { context, errors }) => {
          if (!context.persons.canHold) errors.refuse('ERASURE_NOT_AVAILABLE', [])
          return context.persons
        },
        run: async (given: Input, work: MutationWork<CommonCode>, persons) => {
          const person = await namedPerson(given, options, work)
          return { personRequest: await scheduleRequest(person, { kind, beginsAt: work.now }, work, persons) }
        },
      }),
    ),
  )
}
