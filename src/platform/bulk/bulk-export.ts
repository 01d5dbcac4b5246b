import type { Rule } from '../auth/rule.ts'
import { jsonObject } from '../database/json-object.ts'
import { builder } from '../graphql/builder.ts'
import { listOf } from '../graphql/connection.ts'
import { decodeId, idOf } from '../graphql/ids.ts'
import { exportMark } from './export-progress.ts'

export interface BulkExportOptions {
  /** Who may make exports. */
  auth: Rule
}

export const BulkExportFormatType = builder.enumType('BulkExportFormat', {
  description: 'How the rows are written.',
  values: {
    NDJSON: { description: 'One JSON object a line.' },
    NDJSON_LINES: {
      description:
        'One JSON object a line; the rows of lists below a node are lines of their own behind it, with `__parentId` and `__list`.',
    },
    CSV: { description: 'RFC 4180, with a header. The document has no lists below its nodes.' },
    XML: { description: 'XML 1.0, one element for each row. The document has no lists below its nodes.' },
  },
})

export const BulkExportCompressionType = builder.enumType('BulkExportCompression', {
  description: 'How the file is compressed.',
  values: {
    NONE: { description: 'Not at all.' },
    GZIP: { description: 'With gzip, in several members (RFC 1952), which every reader of gzip joins.' },
    ZSTD: {
      description:
        'With Zstandard: one frame for each of `snapshots` (RFC 8878). The program zstd joins them; Node reads only the first.',
    },
  },
})

const BulkExportStateType = builder.enumType('BulkExportState', {
  description: 'Where an export stands.',
  values: {
    QUEUED: { description: 'It waits for its turn.' },
    RUNNING: { description: 'Its file is being written.' },
    DONE: { description: 'Its file is whole.' },
    FAILED: { description: 'It has ended early. `bulkExportResume` goes on where it stands.' },
    CANCELLED: {
      description:
        'It has no file: it was ended by `bulkExportCancel`, or a person was erased whose data it may have had.',
    },
  },
})

const BulkExportFailure = builder.objectRef<{ code: string; message: string }>('BulkExportFailure').implement({
  description: 'Why an export has failed.',
  fields: (t) => ({
    code: t.exposeString('code', {
      description:
        '`KEY_ENDED`: its API key was revoked or has expired. `TOO_OLD`: it did not end within a day. Else a code of docs/errors.md.',
    }),
    message: t.exposeString('message', { description: 'What happened, for people.' }),
  }),
})

const BulkExportFilter = builder.inputType('BulkExportFilter', {
  description: 'Which exports; all conditions must hold.',
  fields: (t) => ({
    state: t.field({ type: BulkExportStateType, description: 'Those in this state.' }),
  }),
})

/** Adds exports and their list to the schema. */
export function defineBulkExportTypes({ auth }: BulkExportOptions): void {
  defineObject()
  const list = listOf({
    model: 'BulkExport',
    sorts: { CREATED_AT: { column: 'createdAt', description: 'By when it was asked for.' } },
    defaultSort: { field: 'CREATED_AT', direction: 'DESC' },
    filter: {
      type: BulkExportFilter,
      description: 'Which exports.',
      where: ({ state }) => (state == null ? [] : [{ state }]),
    },
  })
  builder.queryField('bulkExports', (t) =>
    t.field(list.connection({ auth, description: 'The exports that this viewer has asked for, of the last 30 days.' })),
  )
  builder.queryField('bulkExport', (t) =>
    t.field(
      list.one({
        auth,
        description: 'One export, by its id; null where there is none, or another viewer has asked for it.',
        args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
        where: ({ id }) => ({ id: decodeId('BulkExport', id) }),
      }),
    ),
  )
}

function defineObject(): void {
  builder.prismaObject('BulkExport', {
    description:
      'A list that is written to a file by a job, as `POST /bulk/export` streams it. Only the viewer who asked for it sees it.',
    select: { id: true },
    interfaces: [builder.nodeInterfaceRef()],
    fields: (t) => ({
      id: t.id({ description: 'The global id.', resolve: idOf('BulkExport') }),
      document: t.exposeString('document', { description: 'The query whose list is written.' }),
      variables: t.field({
        type: 'JSONObject',
        description: 'The variables of the document.',
        select: { variables: true },
        resolve: ({ variables }) => jsonObject.parse(variables),
      }),
      format: t.expose('format', { type: BulkExportFormatType, description: 'How the rows are written.' }),
      compression: t.expose('compression', {
        type: BulkExportCompressionType,
        description: 'How the file is compressed.',
      }),
      state: t.expose('state', { type: BulkExportStateType, description: 'Where it stands.' }),
      rowCount: t.exposeInt('rowCount', {
        description:
          'How many rows are written so far, those of lists below too. A run that goes on begins with what is safe in the file.',
      }),
      byteSize: t.float({
        description: 'The size of what is written so far, in bytes: a whole number.',
        select: { byteSize: true },
        resolve: ({ byteSize }) => Number(byteSize),
      }),
      snapshots: t.exposeInt('snapshots', {
        description:
          'Of how many moments the rows are. With 1 all rows are of one snapshot. Each time that the export goes on after a ' +
          'failure or a restart of the server, the rest is of a new one: a row that changed its place in between may be ' +
          'missing or there twice.',
      }),
      failure: t.field({
        type: BulkExportFailure,
        nullable: true,
        description: 'Why it has failed; null where it has not.',
        select: { failureCode: true, failureMessage: true },
        resolve: ({ failureCode, failureMessage }) =>
          failureCode === null ? null : { code: failureCode, message: failureMessage ?? '' },
      }),
      url: t.string({
        nullable: true,
        secret: true,
        description:
          'Where the file is downloaded, with `Range` too: good for 15 minutes, for everyone who has it, so ask again for a later ' +
          'download. It is relative to the address of this API, or absolute. Null where the file is not whole, or no longer kept.',
        select: { state: true, mark: true, format: true, compression: true },
        resolve: ({ id, state, mark, format, compression }, _args, context) => {
          const kept = exportMark.nullable().parse(mark)
          if (state !== 'DONE' || !kept) return null
          return context.exports.linkTo({ id, name: kept.file.name, format, compression }, context)
        },
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was asked for.' }),
      startedAt: t.expose('startedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it began to run; null where it has not.',
      }),
      endedAt: t.expose('endedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it ended; null where it has not. Its file is kept for seven days from then.',
      }),
    }),
  })
}
