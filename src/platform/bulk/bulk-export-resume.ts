import { builder } from '../graphql/builder.ts'
import { parseId } from '../graphql/ids.ts'
import type { Mutation, MutationWork, Preparation } from '../mutations/define-mutations.ts'
import { idempotencyKeyField } from '../mutations/idempotency-key-field.ts'
import type { CommonCode } from '../mutations/user-errors.ts'
import type { BulkExportOptions } from './bulk-export.ts'
import { requireRoom } from './bulk-export-create.ts'
import { viewerJson } from './stored-viewer.ts'

export function defineBulkExportResume<Code extends string>(
  mutation: Mutation<Code>,
  { auth }: BulkExportOptions,
): void {
  const BulkExportResumeInput = builder.inputType('BulkExportResumeInput', {
    description: 'An export to go on with.',
    fields: (t) => ({
      bulkExportId: t.id({ required: true, description: 'An export that has failed.' }),
      idempotencyKey: t.string({ description: idempotencyKeyField.optional }),
    }),
  })
  type Input = typeof BulkExportResumeInput.$inferInput

  builder.mutationField('bulkExportResume', (t) =>
    t.field(
      mutation({
        name: 'bulkExportResume',
        description:
          'Goes on with an export that has failed, behind the rows that are in its file. The rest is of a new snapshot, and is ' +
          'read with the rights that the caller has now.',
        auth,
        input: BulkExportResumeInput,
        idempotencyKey: 'optional',
        changes: { bulkExport: 'BulkExport' },
        prepare: async (_input: Input, { context }: Preparation<CommonCode>) => context,
        run: async ({ bulkExportId }: Input, work: MutationWork<CommonCode>, { exports, requestId }) => {
          const { tx, viewer, now, errors } = work
          await requireRoom(work)
          const id = parseId('BulkExport', bulkExportId)
          const own = { creatorKind: viewer.kind, creatorId: viewer.id ?? '' }
          const select = { state: true, rowCount: true, mark: true } as const
          const found = id === undefined ? null : await tx.bulkExport.findUnique({ where: { id, ...own }, select })
          if (id === undefined || !found) return errors.refuse('EXPORT_UNKNOWN', ['bulkExportId'])
          if (found.state !== 'FAILED') errors.refuse('EXPORT_NOT_FAILED', ['bulkExportId'])
          if (found.rowCount > 0 && found.mark === null) errors.refuse('EXPORT_FILE_REMOVED', ['bulkExportId'])
          await tx.bulkExport.updateMany({
            where: { id, state: 'FAILED' },
            data: {
              state: 'QUEUED',
              viewer: viewerJson(viewer),
              authorizedAt: now,
              requestId,
              tries: 0,
              failureCode: null,
              failureMessage: null,
              endedAt: null,
            },
          })
          await exports.enqueue(id, tx)
          return { bulkExport: id }
        },
      }),
    ),
  )
}
