import { Prisma } from '../../generated/prisma/client.ts'
import { type DataField, isLocalTime, labelOf } from './data-model.ts'
import { clockText, localText, zonedText } from './moment.ts'
import type { TimeZone } from './time-zone.ts'

type ValueField = Exclude<DataField, { kind: 'relation' }>

/**
 * A value as text, which PostgreSQL reads as the type of the column; undefined where the field has no such value. Times have
 * their zone, so that the session's zone does not matter.
 */
export function columnText(field: ValueField, value: unknown, zone: TimeZone): string | undefined {
  if (field.kind === 'enum') return labelOf(field, value)
  if (field.type !== 'DateTime') return texts[field.type]?.(value)
  if (!(value instanceof Date)) return undefined
  if (field.nativeType === 'Time') return clockText(value)
  return isLocalTime(field) ? localText(value, zone) : zonedText(value)
}

const texts: Record<string, ((value: unknown) => string | undefined) | undefined> = {
  String: (value) => (typeof value === 'string' ? value : undefined),
  Int: (value) => (Number.isInteger(value) ? String(value) : undefined),
  BigInt: (value) => (typeof value === 'bigint' || Number.isInteger(value) ? String(value) : undefined),
  Boolean: (value) => (typeof value === 'boolean' ? String(value) : undefined),
  Float: (value) => (typeof value === 'number' ? String(value) : undefined),
  Decimal: decimalText,
}

/** The digits that it has: no number is made of a text. */
function decimalText(value: unknown): string | undefined {
  if (Prisma.Decimal.isDecimal(value)) return value.toFixed()
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? value : undefined
}
