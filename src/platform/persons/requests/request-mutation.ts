import type { Rule } from '../../auth/rule.ts'
import { builder } from '../../graphql/builder.ts'
import type { Mutation, MutationWork, Preparation } from '../../mutations/define-mutations.ts'
import { idempotencyKeyField } from '../../mutations/idempotency-key-field.ts'
import type { CommonCode } from '../../mutations/user-errors.ts'
import { namedPerson, personIdFields } from './named-person.ts'
import type { PersonOptions } from './person-options.ts'
import { scheduleRequest } from './schedule-request.ts'

interface Definition {
  name: string
  kind: 'EXPORT' | 'RESTRICTION' | 'RELEASE'
  auth: Rule
  subGraphs: string[]
  /** Of the input. */
  whose: string
  description: string
  /** Whether it takes values out of use, or puts them back. */
  holds: boolean
}

/** Adds a mutation that asks for something about a person, and says nothing but who that is. */
export function defineRequestMutation<Code extends string>(
  mutation: Mutation<Code>,
  options: PersonOptions,
  { name, kind, auth, subGraphs, whose, description, holds }: Definition,
): void {
  const InputType = builder.inputType(`${name.slice(0, 1).toUpperCase()}${name.slice(1)}Input`, {
    description: whose,
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
        auth,
        subGraphs,
        input: InputType,
        idempotencyKey: 'optional',
        changes: { personRequest: 'PersonRequest' },
        prepare: async (_input: Input, preparation) => {
          if (holds) requireHolding(preparation)
          return preparation.context.persons
        },
        run: async (input: Input, work: MutationWork<CommonCode>, persons) => {
          const person = await namedPerson(input, options, work)
          return { personRequest: await scheduleRequest(person, { kind, beginsAt: work.now }, work, persons) }
        },
      }),
    ),
  )
}

/** Ends the mutation where the server could not hold what leaves its columns. */
export function requireHolding({ context, errors }: Preparation<CommonCode>): void {
  if (!context.persons.canHold) errors.refuse('ERASURE_NOT_AVAILABLE', [])
}
