import type { PersonErasureReason, PersonRequestKind } from '../../../generated/prisma/enums.ts'
import type { PersonDesk } from '../../context.ts'
import type { Transaction } from '../../database/transaction.ts'
import type { MutationWork } from '../../mutations/define-mutations.ts'
import type { CommonCode } from '../../mutations/user-errors.ts'
import type { SubjectRow } from '../../privacy/map/personal-data.ts'

interface Asked {
  kind: PersonRequestKind
  beginsAt: Date
  reason?: PersonErasureReason | null
  /** A day, at its beginning in UTC. */
  keepUntil?: Date | null
}

/** Writes the request of a viewer. Ends the mutation where one of its kind is open for the person. Returns its UUID. */
export async function scheduleRequest(
  person: SubjectRow,
  asked: Asked,
  { tx, viewer, errors }: MutationWork<CommonCode>,
  persons: PersonDesk,
): Promise<string> {
  const id = await insertRequest(tx, person, asked, { kind: viewer.kind, id: viewer.id ?? null }, persons)
  return id ?? errors.refuse('PERSON_REQUEST_OPEN', [])
}

/** Writes a request, and the job that runs it. Undefined where one of its kind is open for the person. */
export async function insertRequest(
  tx: Transaction,
  { type, key }: SubjectRow,
  { kind, beginsAt, reason = null, keepUntil = null }: Asked,
  requester: { kind: string; id: string | null },
  persons: Pick<PersonDesk, 'enqueue'>,
): Promise<string | undefined> {
  await tx.$queryRaw`select pg_advisory_xact_lock(hashtextextended(${`requests about ${type} ${key}`}, 0))`
  const open = await tx.$executeRaw`
    select 1 from platform.pf_person_request
    where subj_type = ${type} and subj_key = ${key} and kind_cd = ${kind}::platform.pf_person_kind_t and ended_ts is null`
  if (open > 0) return undefined
  const { id } = await tx.personRequest.create({
    data: {
      kind,
      subjectType: type,
      subjectKey: key,
      reason,
      keepUntil,
      requesterKind: requester.kind,
      requesterId: requester.id,
      beginsAt,
    },
    select: { id: true },
  })
  await persons.enqueue(id, tx, beginsAt)
  return id
}
