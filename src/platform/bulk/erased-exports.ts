import {
  type DocumentNode,
  type GraphQLSchema,
  getNamedType,
  isObjectType,
  parse,
  print,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import { z } from 'zod'
import { BulkExportCompression, BulkExportFormat } from '../../generated/prisma/enums.ts'
import type { Transaction } from '../database/transaction.ts'
import { modelOf } from '../graphql/row-type.ts'
import { endingOf } from './export-file.ts'
import { exportMark } from './export-progress.ts'
import type { SafeFile } from './file-store.ts'

const found = z.array(
  z.object({
    id: z.string(),
    run: z.number(),
    document: z.string(),
    format: z.enum(BulkExportFormat),
    compression: z.enum(BulkExportCompression),
    mark: exportMark.nullable(),
  }),
)

/**
 * Ends every export in which rows of these models may be, with a file or on the way to one: they may have a person who is erased. Its
 * texts are removed from document and variables, since they may name the person. Returns the files to remove.
 */
export async function erasedExports(
  tx: Transaction,
  schema: GraphQLSchema,
  models: ReadonlySet<string>,
): Promise<SafeFile[]> {
  const exports = found.parse(
    await tx.$queryRaw`
      select uid as "id", runs_nr as "run", gql_txt as "document", format_cd as "format", compress_cd as "compression",
             mark_doc as "mark"
      from platform.pf_bulk_export where state_cd <> 'CANCELLED' or mark_doc is not null for update`,
  )
  const touched = exports.filter(({ document }) => shows(schema, document, models))
  for (const { id, document } of touched) {
    await tx.$executeRaw`
      update platform.pf_bulk_export
      set state_cd = 'CANCELLED', ended_ts = coalesce(ended_ts, now()), mark_doc = null, gql_vars = '{}'::jsonb,
          gql_txt = ${withoutTexts(parse(document))}
      where uid = ${id}::uuid`
  }
  return touched.map((each) => each.mark?.file ?? { name: `${each.id}-${each.run}${endingOf(each)}`, bytes: 0 })
}

function shows(schema: GraphQLSchema, document: string, models: ReadonlySet<string>): boolean {
  const typeInfo = new TypeInfo(schema)
  let isShown = false
  visit(
    parse(document),
    visitWithTypeInfo(typeInfo, {
      Field: () => {
        const type = getNamedType(typeInfo.getType())
        const model = isObjectType(type) ? modelOf(type) : undefined
        if (model !== undefined && models.has(model)) isShown = true
      },
    }),
  )
  return isShown
}

function withoutTexts(document: DocumentNode): string {
  return print(visit(document, { StringValue: (node) => ({ ...node, value: '' }) }))
}
