import type { PolicedClient } from '../../auth/row-policy.ts'
import { anyOf } from '../../auth/rule.ts'
import { safeFile } from '../../bulk/file-store.ts'
import { builder } from '../../graphql/builder.ts'
import { listOf } from '../../graphql/connection.ts'
import { decodeId, encodeId, idOf } from '../../graphql/ids.ts'
import { manages, type PersonOptions } from './person-options.ts'

const Kind = builder.enumType('PersonRequestKind', {
  description: 'What is asked for about a person.',
  values: {
    EXPORT: { description: 'Everything that is stored about them, in one archive.' },
    ERASURE: { description: 'Their personal values are erased.' },
    RESTRICTION: { description: 'Their personal values are taken out of use.' },
    RELEASE: { description: 'A restriction ends.' },
  },
})

const State = builder.enumType('PersonRequestState', {
  description: 'Where a request about a person stands.',
  values: {
    SCHEDULED: { description: 'It has not begun. An erasure can be taken back.' },
    RUNNING: { description: 'It is under way, and ends by itself.' },
    DONE: { description: 'It is done.' },
    CANCELLED: { description: 'It was taken back before it began.' },
  },
})

export const ErasureReason = builder.enumType('PersonErasureReason', {
  description: 'Why a person is erased: the grounds of GDPR, article 17 (1), or a rule of retention.',
  values: {
    NO_LONGER_NEEDED: { description: 'The data is no longer needed for what it was collected for (a).' },
    CONSENT_WITHDRAWN: { description: 'The person no longer consents (b).' },
    OBJECTION: { description: 'The person objects (c).' },
    UNLAWFUL: { description: 'The data should not have been held (d).' },
    LEGAL_OBLIGATION: { description: 'A law asks for the erasure (e).' },
    RETENTION: { description: 'The time has come that the rules of retention set.' },
  },
})

interface Holding {
  type: string
  rowCount: number
  keepUntil: string | undefined
}

const PersonHolding = builder.objectRef<Holding>('PersonHolding').implement({
  description: 'Personal values of a person that are held out of use, encrypted.',
  fields: (t) => ({
    type: t.exposeString('type', { description: 'The type of the objects that they belong to.' }),
    rowCount: t.exposeInt('rowCount', { description: 'How many objects.' }),
    keepUntil: t.expose('keepUntil', {
      type: 'Date',
      nullable: true,
      description: 'The day on which the last of them is erased, as a law asks; null while the person is restricted.',
    }),
  }),
})

const Filter = builder.inputType('PersonRequestFilter', {
  description: 'Which requests; all conditions must hold.',
  fields: (t) => ({
    kind: t.field({ type: Kind, description: 'Those of this kind.' }),
    state: t.field({ type: State, description: 'Those in this state.' }),
  }),
})

/** Adds requests about people and their list to the schema. */
export function definePersonRequest(options: PersonOptions): void {
  const { asks, subGraphs = [] } = options
  const auth = anyOf(asks, manages(options))
  defineObject(subGraphs, options)
  const list = listOf({
    model: 'PersonRequest',
    sorts: { CREATED_AT: { column: 'createdAt', description: 'By when it was asked for.' } },
    defaultSort: { field: 'CREATED_AT', direction: 'DESC' },
    filter: {
      type: Filter,
      description: 'Which requests.',
      where: ({ kind, state }) => [...(kind == null ? [] : [{ kind }]), ...(state == null ? [] : [{ state }])],
    },
  })
  builder.queryField('personRequests', (t) =>
    t.field(
      list.connection({
        auth,
        subGraphs,
        description: 'Requests about people: those about oneself, or all for those who handle them.',
      }),
    ),
  )
  builder.queryField('personRequest', (t) =>
    t.field(
      list.one({
        auth,
        subGraphs,
        description: 'One request, by its id; null where there is none that this viewer sees.',
        args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
        where: ({ id }) => ({ id: decodeId('PersonRequest', id) }),
      }),
    ),
  )
}

function defineObject(subGraphs: string[], options: PersonOptions): void {
  builder.prismaObject('PersonRequest', {
    subGraphs,
    description: 'Something that is asked for about a person, as GDPR gives the right to: it runs as a job.',
    select: { id: true },
    interfaces: [builder.nodeInterfaceRef()],
    fields: (t) => ({
      id: t.id({ description: 'The global id.', resolve: idOf('PersonRequest') }),
      kind: t.expose('kind', { type: Kind, description: 'What is asked for.' }),
      state: t.expose('state', { type: State, description: 'Where it stands.' }),
      subjectType: t.exposeString('subjectType', { description: 'The type of the person’s object.' }),
      subjectId: t.id({
        description: 'The id of the person’s object.',
        select: { subjectType: true, subjectKey: true },
        resolve: ({ subjectType, subjectKey }) => encodeId(subjectType, subjectKey),
      }),
      reason: t.expose('reason', {
        type: ErasureReason,
        nullable: true,
        description: 'Why, of an erasure; null for anything else.',
      }),
      requesterKind: t.exposeString('requesterKind', {
        auth: manages(options),
        nullable: true,
        description: 'What kind of caller asked for it.',
      }),
      requesterId: t.exposeID('requesterId', {
        auth: manages(options),
        nullable: true,
        description: 'Who asked for it; null for a rule of retention.',
      }),
      beginsAt: t.expose('beginsAt', {
        type: 'DateTime',
        description: 'When it begins. Until then an erasure can be taken back.',
      }),
      rowCount: t.exposeInt('rowCount', {
        description: 'How many objects it has exported, erased, taken out of use or put back so far.',
      }),
      held: t.field({
        type: [PersonHolding],
        listSize: 5,
        cost: 1,
        description: 'What is held of the person out of use now: by law after an erasure, or by a restriction.',
        select: { subjectType: true, subjectKey: true },
        resolve: ({ subjectType, subjectKey }, _args, { db }) => holdings(db, subjectType, subjectKey),
      }),
      url: t.string({
        nullable: true,
        secret: true,
        description:
          'Where the archive of an export is downloaded: good for 15 minutes, for everyone who has it, so ask again for a later ' +
          'download. It is relative to the address of this API, or absolute. Null where there is no file, or none any more.',
        select: { state: true, file: true },
        resolve: ({ id, state, file }, _args, context) => {
          const kept = safeFile.nullable().parse(file)
          return state === 'DONE' && kept ? context.persons.linkTo({ id, file: kept }, context) : null
        },
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was asked for.' }),
      startedAt: t.expose('startedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it began; null where it has not.',
      }),
      endedAt: t.expose('endedAt', {
        type: 'DateTime',
        nullable: true,
        description:
          'When it was done or taken back; null where it is not. An archive is kept for seven days from then.',
      }),
    }),
  })
}

async function holdings(db: PolicedClient, subjectType: string, subjectKey: string): Promise<Holding[]> {
  const groups = await db.heldValue.groupBy({
    by: ['rowType'],
    where: { subjectType, subjectKey },
    _count: { _all: true, keepUntil: true },
    _max: { keepUntil: true },
    orderBy: { rowType: 'asc' },
  })
  return groups.map(({ rowType, _count, _max }) => ({
    type: rowType,
    rowCount: _count._all,
    keepUntil: _count.keepUntil < _count._all ? undefined : _max.keepUntil?.toISOString().slice(0, 10),
  }))
}
