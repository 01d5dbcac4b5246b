import { clientError } from '../../errors.ts'
import { builder } from '../../graphql/builder.ts'
import { parseId } from '../../graphql/ids.ts'
import type { Mutation, MutationWork } from '../../mutations/define-mutations.ts'
import { idempotencyKeyField } from '../../mutations/idempotency-key-field.ts'
import type { CommonCode } from '../../mutations/user-errors.ts'
import { mayAskAbout, namedPerson, personIdFields } from './named-person.ts'
import { asksOrManages, type PersonOptions } from './person-options.ts'
import { ErasureReason } from './person-request.ts'
import { requireHolding } from './request-mutation.ts'
import { scheduleRequest } from './schedule-request.ts'

export function definePersonErase<Code extends string>(mutation: Mutation<Code>, options: PersonOptions): void {
  const PersonEraseInput = builder.inputType('PersonEraseInput', {
    description: 'Whom to erase, and why.',
    fields: (t) => ({
      ...personIdFields(t, options),
      reason: t.field({ type: ErasureReason, required: true, description: 'Why.' }),
      keepUntil: t.field({
        type: 'Date',
        description:
          'A day until which what a law keeps is held, where that is later than the law asks: while a case is in court, for ' +
          'instance. For those who handle requests.',
      }),
      idempotencyKey: t.string({ description: idempotencyKeyField.optional }),
    }),
  })
  type Input = typeof PersonEraseInput.$inferInput

  builder.mutationField('personErase', (t) =>
    t.field(
      mutation({
        name: 'personErase',
        subGraphs: options.subGraphs ?? [],
        description:
          'Erases the personal values of a person (GDPR, article 17), for good. It begins after a delay, `beginsAt` of the ' +
          'request, and `personEraseCancel` takes it back until then. What a law keeps is held out of use, encrypted, until its ' +
          'day. Objects without personal values stay, so that sums do not change.',
        auth: asksOrManages(options),
        input: PersonEraseInput,
        idempotencyKey: 'optional',
        changes: { personRequest: 'PersonRequest' },
        prepare: async ({ keepUntil }: Input, preparation) => {
          const { viewer, persons } = preparation.context
          if (keepUntil != null && !viewer.scopes.has(options.manageScope))
            throw clientError('FORBIDDEN', 'Only those who handle requests about people set `keepUntil`.')
          requireHolding(preparation)
          return persons
        },
        run: async (input: Input, work: MutationWork<CommonCode>, persons) => {
          const { now, errors } = work
          const person = await namedPerson(input, options, work)
          const keepUntil = input.keepUntil == null ? null : new Date(`${input.keepUntil}T00:00:00Z`)
          if (keepUntil && keepUntil <= now) errors.refuse('KEEP_UNTIL_PASSED', ['keepUntil'])
          const beginsAt = new Date(now.getTime() + persons.erasureDelayMs)
          const asked = { kind: 'ERASURE', beginsAt, reason: input.reason, keepUntil } as const
          return { personRequest: await scheduleRequest(person, asked, work, persons) }
        },
      }),
    ),
  )
}

export function definePersonEraseCancel<Code extends string>(mutation: Mutation<Code>, options: PersonOptions): void {
  const PersonEraseCancelInput = builder.inputType('PersonEraseCancelInput', {
    description: 'An erasure to take back.',
    fields: (t) => ({
      personRequestId: t.id({ required: true, description: 'The request, which has not begun.' }),
      idempotencyKey: t.string({ description: idempotencyKeyField.optional }),
    }),
  })
  type Input = typeof PersonEraseCancelInput.$inferInput

  builder.mutationField('personEraseCancel', (t) =>
    t.field(
      mutation({
        name: 'personEraseCancel',
        subGraphs: options.subGraphs ?? [],
        description: 'Takes back an erasure that has not begun.',
        auth: asksOrManages(options),
        input: PersonEraseCancelInput,
        idempotencyKey: 'optional',
        changes: { personRequest: 'PersonRequest' },
        run: async ({ personRequestId }: Input, { tx, viewer, now, errors }: MutationWork<CommonCode>) => {
          const id = parseId('PersonRequest', personRequestId)
          const select = { kind: true, subjectType: true, subjectKey: true } as const
          const found = id === undefined ? null : await tx.personRequest.findUnique({ where: { id }, select })
          const isTheirs =
            found?.kind === 'ERASURE' && mayAskAbout(found.subjectType, found.subjectKey, viewer, options)
          if (id === undefined || !isTheirs) return errors.refuse('PERSON_REQUEST_UNKNOWN', ['personRequestId'])
          const data = { state: 'CANCELLED', endedAt: now } as const
          const { count } = await tx.personRequest.updateMany({ where: { id, state: 'SCHEDULED' }, data })
          if (count === 0) errors.refuse('ERASURE_BEGUN', ['personRequestId'])
          return { personRequest: id }
        },
      }),
    ),
  )
}
