import { everyone } from '../auth/rule.ts'
import { builder } from '../graphql/builder.ts'
import { listOf } from '../graphql/connection.ts'
import { idOf } from '../graphql/ids.ts'
import { declaredColumns } from '../graphql/row-keys.ts'

const Outcome = builder.enumType('AuditOutcome', {
  description: 'How something that is audited ended.',
  values: {
    DONE: { description: 'It was done, or read.' },
    REPLAYED: { description: 'A retry got the answer of what was done before; nothing was done again.' },
    REFUSED: { description: 'The caller had something to mend, and nothing was done.' },
    DENIED: { description: 'The caller may not do it, or see it.' },
    FAILED: { description: 'It could not be done for a fault of the service.' },
  } as const,
})

/** The row policy decides who reads these fields, and the tag records who did. */
const shown = { sensitivity: 'audit', auth: everyone } as const

builder.prismaObject('AuditEvent', {
  description:
    'Who did what, or read personal values of whom, or tried to. It has names, ids and codes, and never a value; it is never changed.',
  select: declaredColumns,
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ description: 'The global id.', select: { id: true }, resolve: idOf('AuditEvent') }),
    occurredAt: t.expose('occurredAt', { ...shown, type: 'DateTime', description: 'When.' }),
    requestId: t.exposeString('requestId', {
      ...shown,
      description: 'The id of the request, as in `x-request-id` and the log.',
    }),
    principalKind: t.exposeString('principalKind', {
      ...shown,
      description: 'What kind of caller it was: `anonymous`, `staff`, …',
    }),
    principalId: t.exposeID('principalId', {
      ...shown,
      nullable: true,
      description: 'Who it was; null for anonymous.',
    }),
    operation: t.exposeString('operation', {
      ...shown,
      nullable: true,
      description: 'The name of the operation in its document, where it has one.',
    }),
    action: t.exposeString('action', {
      ...shown,
      description: 'What was done or asked for: the name of a mutation, or `read`.',
    }),
    outcome: t.expose('outcome', { ...shown, type: Outcome, description: 'How it ended.' }),
    subjectType: t.exposeString('subjectType', {
      ...shown,
      nullable: true,
      description: 'The type of what was read, or of what the mutation is about.',
    }),
    subjectIds: t.exposeIDList('subjectIds', {
      ...shown,
      description: 'What was read, changed, or named in the input: at most 1,000 ids; more are in further events.',
    }),
    fields: t.exposeStringList('fields', {
      ...shown,
      description: 'The fields that were read or asked for, each with its type.',
    }),
    codes: t.exposeStringList('codes', { ...shown, description: 'The codes of the errors, or of the user errors.' }),
  }),
})

const TimeSpan = builder.inputType('AuditTimeSpan', {
  description: 'A span of time; a missing end is open.',
  fields: (t) => ({
    from: t.field({ type: 'DateTime', description: 'The first moment that matches.' }),
    until: t.field({ type: 'DateTime', description: 'The first moment that no longer matches.' }),
  }),
})

const AuditEventFilter = builder.inputType('AuditEventFilter', {
  description: 'Which audit events; all conditions must hold.',
  fields: (t) => ({
    principalKind: t.string({ description: 'Those of callers of this kind.' }),
    principalId: t.id({ description: 'Those of this caller.' }),
    action: t.string({ description: 'Those of this mutation, or `read`.' }),
    outcome: t.field({ type: Outcome, description: 'Those that ended so.' }),
    subjectId: t.id({ description: 'Those about this id.' }),
    requestId: t.string({ description: 'Those of this request.' }),
    occurred: t.field({ type: TimeSpan, description: 'Those in this span of time.' }),
  }),
})

const auditEventList = listOf({
  model: 'AuditEvent',
  sorts: { OCCURRED_AT: { column: 'occurredAt', description: 'By when they occurred.' } },
  defaultSort: { field: 'OCCURRED_AT', direction: 'DESC' },
  filter: {
    type: AuditEventFilter,
    description: 'Which audit events.',
    where: ({ principalKind, principalId, action, outcome, subjectId, requestId, occurred }) => [
      ...(principalKind == null ? [] : [{ principalKind }]),
      ...(principalId == null ? [] : [{ principalId }]),
      ...(action == null ? [] : [{ action }]),
      ...(outcome == null ? [] : [{ outcome }]),
      ...(subjectId == null ? [] : [{ subjectIds: { has: subjectId } }]),
      ...(requestId == null ? [] : [{ requestId }]),
      ...(occurred?.from == null ? [] : [{ occurredAt: { gte: occurred.from } }]),
      ...(occurred?.until == null ? [] : [{ occurredAt: { lt: occurred.until } }]),
    ],
  },
})

builder.queryField('auditEvents', (t) =>
  t.field({
    ...auditEventList.connection({
      description: 'Who did and read what, newest first. Reading it is itself audited, once for each operation.',
    }),
    sensitivity: 'audit',
  }),
)
