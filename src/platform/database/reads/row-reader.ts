import { Prisma } from '../../../generated/prisma/client.ts'
import { type DataField, enumValueOf, isWideInt, type Row } from '../data-model.ts'
import { momentIn } from '../moment.ts'
import type { TimeZone } from '../time-zone.ts'
import { unsupported } from './statement-parts.ts'

/** The values of a row, in the order of its selection. */
export type Values = readonly unknown[]
/** Reads a value of a row; a number is the position of one that is as it is. */
export type ReadValue = ((values: Values) => unknown) | number
export type ReadRow = (values: Values) => Row
type RowFields = readonly (readonly [name: string, read: ReadValue])[]

type ValueField = Exclude<DataField, { kind: 'relation' }>

/** Behind so many rows, a function of its own is worth its compilation. */
const rowsOfAny = 200

/** Makes an object, as Prisma returns it, from the values of a row. */
export function rowReader(fields: RowFields): ReadRow {
  let rows = 0
  let own: ReadRow | undefined
  return (values) => {
    if (own) return own(values)
    if (++rows > rowsOfAny) own = ownReader(fields)
    const row: Row = {}
    for (const [name, read] of fields) row[name] = typeof read === 'number' ? values[read] : read(values)
    return row
  }
}

/**
 * The same as a literal with these names. V8 stores a property whose name a loop brings in ten times as long. The names are
 * those of the data model: no request brings one.
 */
function ownReader(fields: RowFields): ReadRow {
  const names = fields.map((_field, at) => `read${at}`)
  const properties = fields.map(([name, read], at) => {
    return `${JSON.stringify(name)}: ${typeof read === 'number' ? `values[${read}]` : `${names[at]}(values)`}`
  })
  const make = new Function(...names, `return (values) => ({ ${properties.join(', ')} })`)
  // The literal has the form of a row.
  return make(...fields.map(([, read]) => read)) as ReadRow
}

const plainTypes = new Set(['String', 'Int', 'Boolean', 'BigInt', 'Decimal', 'Bytes'])
/** Their columns are texts for the driver, without a cast. */
const textForDriver = new Set(['BigInt', 'Decimal'])

/** What is selected of a column where each value comes alone: JSON of those that the driver would parse otherwise than JSON. */
export function selectedAlone(field: ValueField, column: string): string {
  if (!field.isList && textForDriver.has(field.type)) return `${column}${numericOf(field)}`
  const sql = selectedInJson(field, column)
  const isPlain = !field.isList && (field.kind === 'enum' || plainTypes.has(field.type))
  return isPlain ? sql : `to_json(${sql})`
}

/** What is selected of a column, so that JSON loses none of it and no setting of the session changes it. */
export function selectedInJson(field: ValueField, column: string): string {
  const items = field.isList ? '[]' : ''
  if (field.kind === 'enum') return column
  // Bytes have a text that depends on a setting.
  if (field.type === 'Bytes')
    return field.isList
      ? `ARRAY(SELECT pg_catalog.encode("item", 'hex') FROM pg_catalog.unnest(${column}) AS "item")`
      : `pg_catalog.encode(${column}, 'hex')`
  return isText(field) ? `${column}${numericOf(field)}::pg_catalog.text${items}` : column
}

/** The text of money depends on a setting. */
function numericOf({ nativeType, isList }: ValueField): string {
  return nativeType === 'Money' ? `::pg_catalog.numeric${isList ? '[]' : ''}` : ''
}

/** A number in JSON would lose digits, and a model may show any type as its text. */
function isText({ type, nativeType }: ValueField): boolean {
  return type === 'BigInt' || type === 'Decimal' || (type === 'String' && nativeType === undefined)
}

/** Converts a value of a field as Prisma does. */
export function valueReader(field: ValueField, at: number, zone: TimeZone): ReadValue {
  const convert = converterOf(field, zone)
  // PostgreSQL allows nulls and nested lists in every array: the type of its column forbids neither.
  if (field.isList) {
    return (values) => itemsOf(field, values[at]).map((item) => (item === null || !convert ? item : convert(item)))
  }
  if (convert === undefined) return at
  return (values) => {
    const value = values[at]
    return value === null ? null : convert(value)
  }
}

function itemsOf({ type }: ValueField, value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) return []
  // An item of JSON may itself be a list.
  return type === 'Json' ? value : value.flat(Number.POSITIVE_INFINITY)
}

/** Undefined where the value is as it is. */
function converterOf(field: ValueField, zone: TimeZone): ((value: unknown) => unknown) | undefined {
  if (field.kind === 'enum') return (label) => enumValueOf(field, String(label))
  if (field.type === 'DateTime') return (text) => momentIn(String(text), zone)
  // As Prisma reads it. What is too large for an Int is too large here too, so the API refuses it.
  if (isWideInt(field)) return Number
  return field.type in converters ? converters[field.type] : unsupported()
}

const converters: Record<string, ((value: unknown) => unknown) | undefined> = {
  String: undefined,
  Int: undefined,
  Boolean: undefined,
  Json: undefined,
  BigInt: (text) => BigInt(String(text)),
  // JSON has "NaN" and "Infinity" as texts.
  Float: Number,
  Decimal: (text) => new Prisma.Decimal(String(text)),
  Bytes: (hex) => Uint8Array.from(Buffer.from(String(hex), 'hex')),
}
