import type { GraphQLResolveInfo } from 'graphql'
import { delegateOf } from '../auth/delegate.ts'
import type { Context } from '../context.ts'
import type { Model, Row } from '../database/data-model.ts'
import { keySelection, whereKey } from '../database/row-key.ts'
import { selectionOf } from './selection.ts'

/** Reads a row, by the text of its key, for the field being resolved; null where there is none, or none that the viewer sees now. */
export async function readRow(
  model: Model,
  key: string,
  context: Context,
  info: GraphQLResolveInfo,
): Promise<Row | null> {
  const query = selectionOf(context, info, model, keySelection(model))
  const [row] = await delegateOf(context.db, model).findMany({ ...query, where: whereKey(model, key) })
  return row ?? null
}
