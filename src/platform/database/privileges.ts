import { z } from 'zod'
import { isExternal, isModel } from './data-model.ts'
import { type Field, type Model, physicalTable } from './physical-names.ts'
import { withClient } from './with-client.ts'

/** What the server may do with the table of a model. Anything else is refused. */
interface TablePrivileges<F extends string = string> {
  readonly select?: true
  readonly insert?: true
  /** The fields that mutations update. Locking a row needs the right to update one of them. */
  readonly update?: readonly F[]
  readonly delete?: true
}

type Privileges = { readonly [M in Model]?: TablePrivileges<Field<M>> }

/** The platform's own tables. */
const ofPlatform = {
  Dataset: {},
  IdempotencyRecord: { select: true, insert: true, update: ['argsHash', 'outcome', 'createdAt'], delete: true },
  DomainEvent: { select: true, insert: true },
  EventFeed: { select: true },
  FeedRun: { select: true },
  PlacedEvent: { select: true },
  FeedConsumer: { select: true, insert: true, update: ['position', 'updatedAt'] },
  BulkImport: {
    select: true,
    insert: true,
    update: ['lastLine', 'doneCount', 'refusedCount', 'state', 'updatedAt'],
    delete: true,
  },
  BulkImportChunk: { select: true, insert: true, delete: true },
  ApiKey: { select: true, insert: true, update: ['revokedAt', 'lastUsedAt'] },
  Webhook: {
    select: true,
    insert: true,
    update: [
      'name',
      'url',
      'topics',
      'document',
      'variables',
      'filter',
      'isOrdered',
      'secret',
      'previousSecret',
      'previousUntil',
      'position',
      'disabledAt',
      'disabledReason',
      'failures',
      'pausedUntil',
      'version',
    ],
    delete: true,
  },
  WebhookDelivery: {
    select: true,
    insert: true,
    update: ['state', 'attemptCount', 'tries', 'begunAt', 'nextAttemptAt', 'endedAt'],
    delete: true,
  },
  WebhookAttempt: { select: true, insert: true },
  BulkExport: {
    select: true,
    insert: true,
    update: [
      'viewer',
      'authorizedAt',
      'requestId',
      'document',
      'variables',
      'state',
      'rowCount',
      'byteSize',
      'snapshots',
      'runs',
      'tries',
      'mark',
      'failureCode',
      'failureMessage',
      'startedAt',
      'endedAt',
    ],
    delete: true,
  },
  AuditEvent: { select: true, insert: true, delete: true },
  PersonRequest: {
    select: true,
    insert: true,
    update: ['state', 'rowCount', 'file', 'startedAt', 'endedAt'],
    delete: true,
  },
  HeldValue: { select: true, insert: true, delete: true },
  FieldUse: { select: true, insert: true, update: ['times'], delete: true },
} as const satisfies Privileges

/** Whether it is a model of the platform's own tables. */
export function isOfPlatform(model: Model): boolean {
  return Object.hasOwn(ofPlatform, model)
}

/** The domain's tables. Of a model that is in neither list the server may do nothing. */
export type DomainPrivileges = Omit<Privileges, keyof typeof ofPlatform>

/** The schema of pg-boss. The server reads and writes its rows, and may not change its tables. */
export const jobsSchema = 'jobs'

/** The functions of the feed that the server calls. They have the rights of their owner. */
export const calledRoutines = ['platform.pf_feed_advance()', 'platform.pf_outbox_partition(integer)']

/** The same for PostgreSQL. */
export interface TableRights {
  /** Quoted, with its schema. */
  table: string
  /** Whether another system owns it. */
  isExternal: boolean
  kinds: readonly ('select' | 'insert' | 'delete')[]
  /** The columns that may be updated, quoted. */
  columns: readonly string[]
}

/** The rights to every table of platform and domain. */
export function rightsOf(domain: DomainPrivileges): TableRights[] {
  const all: Privileges = { ...domain, ...ofPlatform }
  return Object.keys(all)
    .filter(isModel)
    .map((model) => tableRights(model, all[model] ?? {}))
}

function tableRights(model: Model, may: TablePrivileges): TableRights {
  const { name, fields, column } = physicalTable(model)
  const kinds = (['select', 'insert', 'delete'] as const).filter((kind) => may[kind])
  return {
    table: name,
    isExternal: isExternal(model),
    kinds,
    columns: fields.filter((field) => may.update?.includes(field)).map(column),
  }
}

/** Whether the role of this URL has all rights. Before a grant it lacks those to a new version's tables. */
export async function hasPrivileges(url: string, domain: DomainPrivileges): Promise<boolean> {
  const rights = rightsOf(domain)
  const onTables = rights.flatMap(({ table, kinds }) => kinds.map((kind) => ({ name: table, kind })))
  const onColumns = rights.flatMap(({ table, columns }) => columns.map((col) => ({ name: table, col })))
  return withClient(url, async (client) => {
    const { rows } = await client.query(
      `select (select bool_and(has_table_privilege(t.name, t.kind))
               from jsonb_to_recordset($1) as t(name text, kind text))
          and (select bool_and(has_column_privilege(c.name, trim('"' from c.col), 'update'))
               from jsonb_to_recordset($2) as c(name text, col text))
          and (select bool_and(has_function_privilege(f.name, 'execute')) from unnest($3::text[]) as f(name)) as "all"`,
      [JSON.stringify(onTables), JSON.stringify(onColumns), calledRoutines],
    )
    return z.tuple([z.object({ all: z.boolean() })]).parse(rows)[0].all
  })
}
