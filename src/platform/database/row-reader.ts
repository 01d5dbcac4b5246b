import pg from 'pg'
import { type DataField, fieldsOf, type Model } from './data-model.ts'
import type { Row } from './delegate.ts'

type Convert = (value: unknown) => unknown

const dateOid = 1082

/** A date is no moment: the driver would make it midnight where the server stands. */
export const columnTypes: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === dateOid ? dateAt : pg.types.getTypeParser(oid, format as 'text'),
}

/**
 * How the values of a row become an object as Prisma gives it: what is selected, with numbers beyond 2^53 and times
 * as such, also in the rows below. Undefined where a column is missing.
 */
export function rowReader(
  model: Model,
  select: object,
  columns: readonly string[],
): ((values: readonly unknown[]) => Row) | undefined {
  const parts = Object.entries(select).map(([name, selected]) => {
    return {
      name,
      column: columns.indexOf(name),
      convert: converterOf(fieldsOf(model).get(name), selected, fromColumn),
    }
  })
  if (parts.some(({ column }) => column < 0)) return undefined
  return (values) => {
    const row: Row = {}
    for (const { name, column, convert } of parts) {
      const value = values[column]
      row[name] = convert && value !== null ? convert(value) : value
    }
    return row
  }
}

type Scalars = Record<string, Convert | undefined>

/** What Prisma makes of what the driver makes of columns; undefined where it is the same. */
const fromColumn: Scalars = {
  String: undefined,
  Int: undefined,
  Boolean: undefined,
  DateTime: undefined,
  Json: undefined,
  BigInt: (value) => BigInt(String(value)),
}

/** The same of JSON, where Prisma has numbers beyond 2^53 written as text. */
const fromJson: Scalars = { ...fromColumn, DateTime: (value) => new Date(String(value)) }

/** Whether a column's values are understood here. Bytes, decimals and lists are left to Prisma. */
export function isReadable(field: DataField): boolean {
  if (field.kind === 'relation') return true
  return !field.isList && (field.kind === 'enum' || field.type in fromColumn)
}

/** Undefined where the value is right as it comes, as counts of relations are. */
function converterOf(field: DataField | undefined, selected: unknown, scalars: Scalars): Convert | undefined {
  if (!field || field.kind === 'enum') return undefined
  if (field.kind === 'scalar') return scalars[field.type]
  const convert = objectConverter(field.model, selectOf(selected))
  if (!convert || !field.isList) return convert
  return (rows) => {
    if (Array.isArray(rows)) for (const row of rows) convert(row)
    return rows
  }
}

/** Converts in place: the object is of this answer alone. */
function objectConverter(model: Model, select: object): Convert | undefined {
  const parts: [name: string, convert: Convert][] = []
  for (const [name, selected] of Object.entries(select)) {
    const convert = converterOf(fieldsOf(model).get(name), selected, fromJson)
    if (convert) parts.push([name, convert])
  }
  if (parts.length === 0) return undefined
  return (object) => {
    if (!isRow(object)) return object
    for (const [name, convert] of parts) if (object[name] !== null) object[name] = convert(object[name])
    return object
  }
}

function selectOf(selected: unknown): object {
  const select = isRow(selected) ? selected.select : undefined
  return isRow(select) ? select : {}
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function dateAt(text: string): Date {
  return new Date(`${text}T00:00:00.000Z`)
}
