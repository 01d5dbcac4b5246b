import type { RowPolicies } from '../auth/row-policy.ts'
import type { Rule } from '../auth/rule.ts'
import { builder } from '../graphql/builder.ts'
import { decodeId, idOf } from '../graphql/ids.ts'
import { selectionOf } from '../graphql/selection.ts'
import { importables } from '../mutations/importable.ts'

/** A viewer sees the imports of the mutations that the viewer may use. */
export const bulkImportPolicies: Pick<RowPolicies, 'BulkImport' | 'BulkImportChunk'> = {
  BulkImport: {
    rows: (viewer) => {
      const own = [...importables.values()].filter(({ auth }) => auth.allows(viewer)).map(({ name }) => name)
      return own.length === 0 ? 'none' : { mutation: { in: own } }
    },
  },
  BulkImportChunk: { rows: () => 'none' },
}

/**
 * Adds imports to the schema. `auth` allows every viewer who may import anything.
 * @public
 */
export function defineBulkImport(auth: Rule): void {
  const Mode = builder.enumType('BulkImportMode', {
    description: 'What becomes of an import when a line is refused.',
    values: {
      SKIP: { description: 'The other lines are done.' },
      STOP: { description: 'The lines before it are done, and nothing behind it.' },
      ROLLBACK: { description: 'Nothing is done.' },
    },
  })
  const State = builder.enumType('BulkImportState', {
    description: 'How far an import is.',
    values: {
      RUNNING: { description: 'It runs, or was cut off: sent again with its key, it goes on.' },
      DONE: { description: 'All lines were read.' },
      STOPPED: { description: 'It ended at the first refused line.' },
      ROLLED_BACK: { description: 'A line was refused, so nothing was done.' },
    },
  })
  const BulkImport = builder.prismaObject('BulkImport', {
    description: 'Many inputs of a mutation, sent to `/bulk/import/{mutation}`. It is kept for 7 days.',
    select: { id: true },
    interfaces: [builder.nodeInterfaceRef()],
    fields: (t) => ({
      id: t.id({ description: 'The global id.', resolve: idOf('BulkImport') }),
      mutation: t.exposeString('mutation', { description: 'The mutation.' }),
      onError: t.expose('mode', { type: Mode, description: 'What becomes of refused lines.' }),
      isDryRun: t.exposeBoolean('isDryRun', { description: 'Whether the lines are only checked.' }),
      state: t.expose('state', { type: State, description: 'How far it is.' }),
      lastLine: t.exposeInt('lastLine', { description: 'The last line of the file that is done with.' }),
      doneCount: t.exposeInt('doneCount', { description: 'How many lines were done.' }),
      refusedCount: t.exposeInt('refusedCount', { description: 'How many lines were refused.' }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was first sent.' }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When a chunk of it was last committed.' }),
    }),
  })
  builder.queryField('bulkImport', (t) =>
    t.field({
      type: BulkImport,
      nullable: true,
      auth,
      description: 'An import, with its progress; null where there is none, or the viewer may not use its mutation.',
      args: { id: t.arg.id({ required: true, description: 'Its id, from the first line of the report.' }) },
      resolve: (_root, { id }, context, info) =>
        context.db.bulkImport.findUnique({
          ...selectionOf(context, info, 'BulkImport', {}),
          where: { id: decodeId('BulkImport', id) },
        }),
    }),
  )
}
