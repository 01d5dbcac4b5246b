import { principalOf } from '../auth/viewer.ts'
import { jsonObject } from '../database/json-object.ts'
import { builder } from '../graphql/builder.ts'
import type { Mutation, MutationWork, Preparation } from '../mutations/define-mutations.ts'
import { idempotencyKeyField } from '../mutations/idempotency-key-field.ts'
import type { CommonCode } from '../mutations/user-errors.ts'
import { BulkExportCompressionType, BulkExportFormatType, type BulkExportOptions } from './bulk-export.ts'
import { viewerJson } from './stored-viewer.ts'

const mostOpen = 20

export function defineBulkExportCreate<Code extends string>(
  mutation: Mutation<Code>,
  { auth }: BulkExportOptions,
): void {
  const BulkExportCreateInput = builder.inputType('BulkExportCreateInput', {
    description: 'An export to make.',
    fields: (t) => ({
      document: t.string({
        required: true,
        description: 'A query of one list and its nodes, without `first` and `after`: as for `POST /bulk/export`.',
      }),
      variables: t.field({ type: 'JSONObject', description: 'The variables of the document.' }),
      format: t.field({
        type: BulkExportFormatType,
        required: true,
        defaultValue: 'NDJSON',
        description: 'How the rows are written.',
      }),
      compression: t.field({
        type: BulkExportCompressionType,
        required: true,
        defaultValue: 'NONE',
        description: 'How the file is compressed.',
      }),
      idempotencyKey: t.string({ description: idempotencyKeyField.optional }),
    }),
  })
  type Input = typeof BulkExportCreateInput.$inferInput

  builder.mutationField('bulkExportCreate', (t) =>
    t.field(
      mutation({
        name: 'bulkExportCreate',
        description:
          'Writes a whole list to a file, by a job. It reads with the rights that the API key has while it runs; those of a ' +
          'person are taken for what they are now, for a day.',
        auth,
        input: BulkExportCreateInput,
        idempotencyKey: 'optional',
        changes: { bulkExport: 'BulkExport' },
        prepare: async ({ document, variables, format }: Input, { context, errors }: Preparation<CommonCode>) => {
          const operation = { viewer: context.viewer, document, variables: variables ?? {} }
          const refusal = await context.exports.refusalOf(operation, format)
          if (refusal !== undefined) errors.refuse('EXPORT_REFUSED', ['document'], refusal)
          return context
        },
        run: async (
          { document, variables, format, compression }: Input,
          work: MutationWork<CommonCode>,
          { exports, requestId },
        ) => {
          const { tx, viewer, now } = work
          await requireRoom(work)
          const { id } = await tx.bulkExport.create({
            data: {
              creatorKind: viewer.kind,
              creatorId: viewer.id ?? '',
              viewer: viewerJson(viewer),
              authorizedAt: now,
              requestId,
              document,
              variables: jsonObject.parse(variables ?? {}),
              format,
              compression,
              createdAt: now,
            },
            select: { id: true },
          })
          await exports.enqueue(id, tx)
          return { bulkExport: id }
        },
      }),
    ),
  )
}

/** Ends the mutation where the principal has as many exports as it may. They are counted by one mutation at a time. */
export async function requireRoom({ tx, viewer, errors }: MutationWork<CommonCode>): Promise<void> {
  await tx.$queryRaw`select pg_advisory_xact_lock(hashtextextended(${`bulk exports of ${principalOf(viewer)}`}, 0))`
  const open = await tx.$executeRaw`
    select 1 from platform.pf_bulk_export
    where crt_kind = ${viewer.kind} and crt_id = ${viewer.id ?? ''} and ended_ts is null`
  if (open >= mostOpen) errors.refuse('TOO_MANY_EXPORTS', [])
}
