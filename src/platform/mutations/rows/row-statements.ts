import { z } from 'zod'
import { fieldsOf, keyFieldsOf, type Model, propertyOf, type Row } from '../../database/data-model.ts'
import { physicalNames } from '../../database/physical-names.ts'
import { keyTexts } from '../../database/row-key.ts'
import type { Transaction } from '../../database/transaction.ts'

type Selection = Record<string, true>

/** The table of any model as a mutation uses it: TypeScript cannot follow a union of all tables. */
interface AnyTable {
  count(read: { where: object }): Promise<number>
  findUnique(read: { where: object; select: Selection }): Promise<Row | null>
  create(write: { data: Row; select: Selection }): Promise<Row>
  updateMany(write: { where: object; data: Row }): Promise<{ count: number }>
  deleteMany(write: { where: object }): Promise<{ count: number }>
}

export function tableOf(tx: Transaction, model: Model): AnyTable {
  return tx[propertyOf(model)] as unknown as AnyTable
}

/** A row as PostgreSQL writes it in JSON, by field. Two states of a row can be compared for columns of every type. */
export type RowState = Readonly<Record<string, unknown>>

const stated = z.object({ row: z.record(z.string(), z.unknown()) })

/** The row as it is now; undefined where there is none. */
export async function stateOf(
  tx: Transaction,
  model: Model,
  key: string,
  { locked = false } = {},
): Promise<RowState | undefined> {
  const { name, columns } = physicalNames(model)
  const text = `select to_jsonb(t) as "row" from ${name} t where ${keyCondition(model)}${locked ? ' for update of t' : ''}`
  const [found] = await tx.$queryRawUnsafe(text, ...keyTexts(model, key))
  if (found === undefined) return undefined
  const { row } = stated.parse(found)
  return Object.fromEntries([...columns].map(([field, column]) => [field, row[column.slice(1, -1)]]))
}

/** Which of these relations lead from other rows to this one. */
export async function referring(
  tx: Transaction,
  model: Model,
  key: string,
  relations: readonly string[],
): Promise<string[]> {
  if (relations.length === 0) return []
  const parts = relations.map((relation) => `${referenceExists(model, relation)} as "${relation}"`)
  const text = `select ${parts.join(', ')} from ${physicalNames(model).name} t where ${keyCondition(model)}`
  const [found = {}] = await tx.$queryRawUnsafe(text, ...keyTexts(model, key))
  const uses = z.record(z.string(), z.boolean()).parse(found)
  return relations.filter((relation) => uses[relation])
}

/** Whether the relation of the row `t` leads to a row, in SQL. */
export function referenceExists(model: Model, relation: string): string {
  const field = fieldsOf(model).get(relation)
  if (field?.kind !== 'relation' || !field.link) throw new Error(`${model} has no relation ${relation}`)
  const { here, there } = field.link
  const other = physicalNames(field.model)
  const own = physicalNames(model)
  const links = here.map((name, at) => `o.${other.columns.get(there[at] ?? '')} = t.${own.columns.get(name)}`)
  return `exists (select from ${other.name} o where ${links.join(' and ')})`
}

/** What is deferred to the commit fails here, where it can still be told as an error of the input. */
export function settled(tx: Transaction): Promise<unknown> {
  return tx.$queryRawUnsafe('set constraints all immediate')
}

function keyCondition(model: Model): string {
  const { columns } = physicalNames(model)
  return keyFieldsOf(model)
    .map((field, at) => `t.${columns.get(field)} = $${at + 1}`)
    .join(' and ')
}
