import type { GraphQLResolveInfo } from 'graphql'
import { delegateOf } from '../auth/delegate.ts'
import type { Context } from '../context.ts'
import type { Model, Row } from '../database/data-model.ts'
import { selectionOf } from './selection.ts'

/** Reads a row for the field being resolved; null where there is none, or none that the viewer sees now. */
export async function readRow(
  model: Model,
  id: string,
  context: Context,
  info: GraphQLResolveInfo,
): Promise<Row | null> {
  const query = selectionOf(context, info, model, { id: true })
  const [row] = await delegateOf(context.db, model).findMany({ ...query, where: { id } })
  return row ?? null
}
