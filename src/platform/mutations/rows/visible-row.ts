import type { Viewer } from '../../auth/viewer.ts'
import { type Model, propertyOf } from '../../database/data-model.ts'
import { compileCount } from '../../database/reads/compiled-read.ts'
import { whereKey } from '../../database/row-key.ts'
import type { Transaction } from '../../database/transaction.ts'
import { tableOf } from './row-statements.ts'

/** Which rows of each model a viewer sees; none of a model that is not named. */
export type SeenRows = { readonly [M in Model]?: { rows(viewer: Viewer): 'all' | 'none' | object } }

/** Whether a row is there, and the viewer sees it as it is now in the transaction. */
export async function isVisible(
  { tx, viewer }: { tx: Transaction; viewer: Viewer },
  policies: SeenRows,
  model: Model,
  key: string,
): Promise<boolean> {
  const seen = policies[model]?.rows(viewer) ?? 'none'
  if (seen === 'none') return false
  const where = whereKey(model, key)
  if (seen === 'all') return (await tableOf(tx, model).count({ where })) > 0
  const read = compileCount(model, { where: { AND: [where, seen] } }, tx.$zone)
  if (!read) throw new Error(`row policy: the condition on ${propertyOf(model)} cannot be looked up in a transaction`)
  const rows = await tx.$queryRawUnsafe(read.sql, ...read.values)
  return (await read.result(async (itemOf) => rows.map((row) => itemOf(Object.values(row ?? {}))))) > 0
}
