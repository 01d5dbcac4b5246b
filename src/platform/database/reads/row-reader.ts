import type { DataField, Row } from '../data-model.ts'
import { unsupported } from './statement-parts.ts'

/** The values of a row, in the order of its selection. */
export type Values = readonly unknown[]
export type ReadValue = (values: Values) => unknown
export type ReadRow = (values: Values) => Row

/** Makes an object, as Prisma returns it, from the values of a row. */
export function rowReader(fields: readonly (readonly [name: string, read: ReadValue])[]): ReadRow {
  return (values) => {
    const row: Row = {}
    for (const [name, read] of fields) row[name] = read(values)
    return row
  }
}

/** Converts a value of a field as Prisma does. Bytes, decimals and similar types are left to Prisma. */
export function valueReader(field: Exclude<DataField, { kind: 'relation' }>, at: number): ReadValue {
  if (field.isList) return field.type === 'String' ? (values) => values[at] ?? [] : unsupported()
  if (field.kind === 'enum') return (values) => values[at]
  const convert = converters[field.type]
  if (convert === undefined) return unsupported()
  if (convert === 'as it is') return (values) => values[at]
  return (values) => {
    const value = values[at]
    return value === null ? null : convert(String(value))
  }
}

const converters: Record<string, ((text: string) => unknown) | 'as it is' | undefined> = {
  String: 'as it is',
  Int: 'as it is',
  Boolean: 'as it is',
  Json: 'as it is',
  BigInt: (text) => BigInt(text),
  DateTime: (text) => new Date(text),
}
