import { z } from 'zod'
import { fieldsOf, isModel, keyFieldsOf, type Model, type RelationField } from '../../database/data-model.ts'
import { physicalNames } from '../../database/physical-names.ts'
import { keyTexts, textOf } from '../../database/row-key.ts'
import type { Transaction } from '../../database/transaction.ts'
import type { PersonalData, PersonalModel, SubjectRow } from './personal-data.ts'

/** The personal data of a model whose rows lead to a person with a row. */
export interface SubjectModel {
  readonly model: Model
  readonly personal: PersonalModel<string>
}

/** The models with rows of people of this type, those furthest from the row of the person first. */
export function modelsOf({ models }: Pick<PersonalData, 'models'>, type: Model): SubjectModel[] {
  const all = Object.entries<PersonalModel<string> | undefined>(models)
  return all
    .flatMap(([model, personal]) => (isModel(model) && personal?.subject === type ? [{ model, personal }] : []))
    .sort((a, b) => stepsOf(b.personal).length - stepsOf(a.personal).length)
}

/** The relations from a row to the row of the person. */
export function stepsOf({ path = '' }: Pick<PersonalModel<string>, 'path'>): string[] {
  return path === '' ? [] : path.split('.')
}

/** A to-one relation whose columns are known. Throws for any other field. */
export function toOne(model: Model, name: string): RelationField & { link: NonNullable<RelationField['link']> } {
  const field = fieldsOf(model).get(name)
  if (field?.kind !== 'relation' || field.isList || !field.link)
    throw new Error(`${model}.${name} is no relation to one row`)
  return { ...field, link: field.link }
}

/** The condition on the rows of a person, as Prisma takes it. */
export function whereOf({ personal }: SubjectModel, ofPerson: object): object {
  return stepsOf(personal).reduceRight<object>((below, step) => ({ [step]: below }), ofPerson)
}

/**
 * The rows of a person in SQL: FROM and WHERE, with the row as `t` and the key of the person as the first parameters. The row of
 * the person itself is not joined, since the row before it has its key.
 */
export function subjectRowsSql({ model, personal }: SubjectModel): string {
  const steps = stepsOf(personal)
  const joins: string[] = []
  let [alias, at]: [string, Model] = ['t', model]
  for (const [index, step] of steps.slice(0, -1).entries()) {
    const { model: next, link } = toOne(at, step)
    const below = `t${index + 1}`
    joins.push(
      `join ${physicalNames(next).name} ${below} on ${link.here.map((here, n) => `${columnSql(at, alias, here)} = ${columnSql(next, below, link.there[n] ?? '')}`).join(' and ')}`,
    )
    ;[alias, at] = [below, next]
  }
  const last = steps.at(-1)
  const keys = last === undefined ? keyFieldsOf(model) : keysBehind(at, last)
  const isOfPerson = keys.map((key, n) => `${columnSql(at, alias, key)} = $${n + 1}`).join(' and ')
  return `from ${physicalNames(model).name} t ${joins.join(' ')} where ${isOfPerson}`
}

/** The fields of the row before the person's that have the key of the person, in the order of the key. */
function keysBehind(model: Model, relation: string): string[] {
  const { model: person, link } = toOne(model, relation)
  return keyFieldsOf(person).map((key) => {
    const here = link.here[link.there.indexOf(key)]
    if (here === undefined) throw new Error(`${model}.${relation} does not name the key of ${person}`)
    return here
  })
}

export function columnSql(model: Model, alias: string, field: string): string {
  const column = physicalNames(model).columns.get(field)
  if (column === undefined) throw new Error(`${model} has no field ${field}`)
  return `${alias}.${column}`
}

/** A row with its key and the texts of some of its fields. */
export interface TextRow {
  readonly key: string
  readonly values: Readonly<Record<string, string | null>>
  /** When a duty that keeps it ends, as an ISO date; undefined where none does. */
  readonly dutyEnds?: string | undefined
}

const textRows = z.array(
  z.object({
    keys: z.array(z.string()),
    values: z.record(z.string(), z.string().nullable()),
    dutyEnds: z.string().nullable(),
  }),
)

interface Batch {
  readonly fields: readonly string[]
  /** Until which day a duty keeps a row: SQL over `t`. */
  readonly dutyEnds: string
  /** The keys of the last row of the batch before. */
  readonly after: readonly string[] | undefined
  readonly size: number
}

/** Locks the next rows of a person and returns them, in the order of their keys. */
export async function lockRows(
  tx: Transaction,
  of: SubjectModel,
  { type, key }: SubjectRow,
  { fields, dutyEnds, after, size }: Batch,
): Promise<{ rows: TextRow[]; last: readonly string[] | undefined }> {
  const person = keyTexts(type, key)
  const keys = keyFieldsOf(of.model).map((field) => columnSql(of.model, 't', field))
  const behind = after ? ` and (${keys.join()}) > (${keys.map((_, n) => `$${person.length + n + 1}`).join()})` : ''
  const values = fields.map((field) => `'${field}', ${columnSql(of.model, 't', field)}::text`)
  const found = textRows.parse(
    await tx.$queryRawUnsafe(
      `select array[${keys.map((each) => `${each}::text`).join()}] as "keys",
         jsonb_build_object(${values.join()}) as "values", (${dutyEnds})::text as "dutyEnds"
       ${subjectRowsSql(of)}${behind} order by ${keys.join()} limit ${size} for update of t`,
      ...person,
      ...(after ?? []),
    ),
  )
  const rows = found.map(({ keys: own, values: texts, dutyEnds: ends }) => ({
    key: textOf(own),
    values: texts,
    dutyEnds: ends ?? undefined,
  }))
  return { rows, last: found.at(-1)?.keys }
}

/** Writes fields of many rows in one statement. PostgreSQL reads the texts as the types of the columns. */
export async function writeRows(
  tx: Transaction,
  { model, personal: { version } }: SubjectModel,
  fields: readonly string[],
  rows: readonly Pick<TextRow, 'key' | 'values'>[],
): Promise<void> {
  if (rows.length === 0) return
  const { name } = physicalNames(model)
  const records = rows.map(({ key, values }) =>
    recordOf(model, key, ...fields.map((field) => [field, values[field] ?? null] as const)),
  )
  const set = fields.map((field) => `${columnName(model, field)} = ${columnSql(model, 'v', field)}`)
  const counted = version === undefined ? [] : [`${columnName(model, version)} = ${columnSql(model, 't', version)} + 1`]
  await tx.$queryRawUnsafe(
    `update ${name} t set ${[...set, ...counted].join()} from ${recordsSql(model)}`,
    JSON.stringify(records),
  )
}

/** Deletes rows by their keys. */
export async function deleteRows(tx: Transaction, { model }: SubjectModel, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return
  const records = keys.map((key) => recordOf(model, key))
  await tx.$queryRawUnsafe(
    `delete from ${physicalNames(model).name} t using ${recordsSql(model)}`,
    JSON.stringify(records),
  )
}

/** A row by the names of its columns: its key, and these fields. */
function recordOf(model: Model, key: string, ...values: (readonly [field: string, value: string | null])[]): object {
  const { columns } = physicalNames(model).plain
  const texts = keyTexts(model, key)
  const keyed = keyFieldsOf(model).map((field, n) => [field, texts[n] ?? null] as const)
  return Object.fromEntries([...keyed, ...values].map(([field, value]) => [columns.get(field) ?? '', value]))
}

/** The records of the first parameter as `v`, and the rows `t` that have their keys. */
function recordsSql(model: Model): string {
  const isSame = keyFieldsOf(model).map((key) => `${columnSql(model, 't', key)} = ${columnSql(model, 'v', key)}`)
  return `jsonb_populate_recordset(null::${physicalNames(model).name}, $1::jsonb) v where ${isSame.join(' and ')}`
}

function columnName(model: Model, field: string): string {
  return columnSql(model, '', field).slice(1)
}
