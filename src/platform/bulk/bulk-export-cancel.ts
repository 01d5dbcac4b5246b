import { builder } from '../graphql/builder.ts'
import { parseId } from '../graphql/ids.ts'
import type { Mutation, MutationWork } from '../mutations/define-mutations.ts'
import { idempotencyKeyField } from '../mutations/idempotency-key-field.ts'
import type { CommonCode } from '../mutations/user-errors.ts'
import type { BulkExportOptions } from './bulk-export.ts'

export function defineBulkExportCancel<Code extends string>(
  mutation: Mutation<Code>,
  { auth }: BulkExportOptions,
): void {
  const BulkExportCancelInput = builder.inputType('BulkExportCancelInput', {
    description: 'An export to end.',
    fields: (t) => ({
      bulkExportId: t.id({ required: true, description: 'An export that waits or runs.' }),
      idempotencyKey: t.string({ description: idempotencyKeyField.optional }),
    }),
  })
  type Input = typeof BulkExportCancelInput.$inferInput

  builder.mutationField('bulkExportCancel', (t) =>
    t.field(
      mutation({
        name: 'bulkExportCancel',
        description:
          'Ends an export that waits or runs, for good. Its run ends within a second, on whichever server it is, and what it has ' +
          'written is removed.',
        auth,
        input: BulkExportCancelInput,
        idempotencyKey: 'optional',
        changes: { bulkExport: 'BulkExport' },
        run: async ({ bulkExportId }: Input, { tx, viewer, now, errors }: MutationWork<CommonCode>) => {
          const id = parseId('BulkExport', bulkExportId)
          const own = { creatorKind: viewer.kind, creatorId: viewer.id ?? '' }
          const known = id === undefined ? 0 : await tx.bulkExport.count({ where: { id, ...own } })
          if (id === undefined || known === 0) return errors.refuse('EXPORT_UNKNOWN', ['bulkExportId'])
          const data = { state: 'CANCELLED', endedAt: now } as const
          const { count } = await tx.bulkExport.updateMany({ where: { id, endedAt: null }, data })
          if (count === 0) errors.refuse('EXPORT_ENDED', ['bulkExportId'])
          return { bulkExport: id }
        },
      }),
    ),
  )
}
