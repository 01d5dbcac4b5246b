import { fieldsOf, keyFieldsOf, type Model, type RelationField, type Row } from '../../database/data-model.ts'
import { keyText, valueText, whereKey } from '../../database/row-key.ts'
import { parseId } from '../../graphql/ids.ts'
import { phraseOf } from './row-refusal.ts'
import type { RowScope } from './row-scope.ts'
import { tableOf } from './row-statements.ts'
import { isVisible, type SeenRows } from './visible-row.ts'

interface Rules {
  readonly model: Model
  readonly policies: SeenRows
  /** The relations of a row, by the inputs that name the other row. */
  readonly references: Readonly<Record<string, string>>
}

/**
 * The columns of the rows that an input names by their ids. Adds an error for each that is not there or that the viewer
 * does not see. `fixed` are columns that the write cannot change: what is named must agree with them.
 */
export async function namedReferences(
  { model, policies, references }: Rules,
  input: object,
  scope: RowScope,
  fixed: Row = {},
): Promise<Row> {
  const values: Row = {}
  for (const [name, relation] of Object.entries(references)) {
    const id: unknown = Reflect.get(input, name)
    if (id === undefined) continue
    const field = relationOf(model, relation)
    const row = id === null ? emptied(model, field, name, scope) : await found(policies, field, String(id), name, scope)
    for (const [column, value] of Object.entries(row)) {
      const known = fixed[column] ?? values[column]
      if (known === undefined) values[column] = value
      else if (value !== null && valueText(known) !== valueText(value))
        scope.errors.add('INVALID_VALUE', [name], 'It belongs to something else than the rest of the input.')
    }
  }
  return values
}

function relationOf(model: Model, name: string): RelationField & { link: NonNullable<RelationField['link']> } {
  const field = fieldsOf(model).get(name)
  if (field?.kind !== 'relation' || !field.link) throw new Error(`${model} has no relation ${name}`)
  return { ...field, link: field.link }
}

/** Without a row to lead to, at least one of the columns is null. */
function emptied(
  model: Model,
  { isRequired, link }: ReturnType<typeof relationOf>,
  name: string,
  { errors }: RowScope,
): Row {
  if (isRequired) errors.add('REQUIRED', [name])
  const fields = fieldsOf(model)
  const empty = link.here.filter((column) => {
    const field = fields.get(column)
    return field?.kind !== 'relation' && !field?.isRequired && !keyFieldsOf(model).includes(column)
  })
  return Object.fromEntries(empty.map((column) => [column, null]))
}

async function found(
  policies: SeenRows,
  { model, link }: ReturnType<typeof relationOf>,
  id: string,
  name: string,
  scope: RowScope,
): Promise<Row> {
  const parsed = parseId(model, id)
  const key = parsed === undefined ? undefined : keyText(model, parsed)
  const select = Object.fromEntries(link.there.map((column) => [column, true as const]))
  const row =
    key === undefined ? null : await tableOf(scope.tx, model).findUnique({ where: whereKey(model, key), select })
  const isThere = row !== null && key !== undefined && (await isVisible(scope, policies, model, key))
  if (isThere) return Object.fromEntries(link.here.map((column, at) => [column, row[link.there[at] ?? '']]))
  scope.errors.add('NOT_FOUND', [name], notFound(model))
  return {}
}

export function notFound(model: Model): string {
  return `There is no such ${phraseOf(model)}, or none that this viewer sees.`
}
