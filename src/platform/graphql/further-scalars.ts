import { GraphQLScalarType, Kind } from 'graphql'
import {
  GraphQLByte,
  GraphQLDuration,
  GraphQLIP,
  GraphQLJSON,
  GraphQLLocalTime,
  GraphQLMAC,
  GraphQLUUID,
} from 'graphql-scalars'
import type { Prisma } from '../../generated/prisma/client.ts'
import { described } from './scalars.ts'

/** Scalars that only some domains need: `builder.addScalarType('BigInt', furtherScalars.BigInt)`. */
export type FurtherScalars = {
  BigInt: { Input: bigint; Output: bigint }
  Byte: { Input: Uint8Array; Output: Uint8Array }
  Duration: { Input: string; Output: string }
  IP: { Input: string; Output: string }
  JSON: { Input: unknown; Output: unknown }
  LocalTime: { Input: string; Output: string }
  MAC: { Input: string; Output: string }
  Time: { Input: string; Output: string }
  UUID: { Input: string; Output: string }
}

const largest = 2n ** 63n

/**
 * Of eight bytes, as PostgreSQL has it. Many clients would lose digits of a number in JSON, so it is a text; the BigInt of
 * graphql-scalars is a number, and prints a warning.
 */
const BigIntScalar = new GraphQLScalarType<bigint, string>({
  name: 'BigInt',
  description: 'A whole number of up to 19 digits, as a string: `"9007199254740993"`.',
  serialize: (value) => String(value),
  parseValue: (value) => wholeNumberIn(value),
  parseLiteral: (node) => wholeNumberIn(node.kind === Kind.STRING || node.kind === Kind.INT ? node.value : undefined),
})

function wholeNumberIn(value: unknown): bigint {
  const isWhole = typeof value === 'string' ? /^-?\d{1,19}$/.test(value) : Number.isSafeInteger(value)
  const whole = isWhole ? BigInt(String(value)) : largest
  if (whole >= -largest && whole < largest) return whole
  throw new RangeError('A BigInt is a whole number of eight bytes, as a string.')
}

const ByteScalar = new GraphQLScalarType<Uint8Array, string>({
  name: GraphQLByte.name,
  description: 'Bytes, in base 64.',
  serialize: (value) => {
    if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
    throw new TypeError('Bytes are an array of bytes.')
  },
  parseValue: (value) => bytesIn(value),
  parseLiteral: (node) => bytesIn(node.kind === Kind.STRING ? node.value : undefined),
})

function bytesIn(value: unknown): Uint8Array {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'base64') : undefined
  if (bytes?.toString('base64') === value && bytes) return bytes
  throw new TypeError('Bytes are a text in base 64, with its padding.')
}

/** The Time of graphql-scalars is a Date, which has no offset. */
const TimeScalar = new GraphQLScalarType<string, string>({
  name: 'Time',
  description: 'A time of the day with its offset from UTC, as in RFC 3339: `"14:30:00+02:00"`.',
  serialize: (value) => timeIn(value),
  parseValue: (value) => timeIn(value),
  parseLiteral: (node) => timeIn(node.kind === Kind.STRING ? node.value : undefined),
})

const fullTime = /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)$/

function timeIn(value: unknown): string {
  if (typeof value === 'string' && fullTime.test(value)) return value
  throw new TypeError('A Time is a time of the day with its offset, such as "14:30:00+02:00".')
}

export const furtherScalars = {
  BigInt: BigIntScalar,
  Byte: ByteScalar,
  Duration: described(GraphQLDuration, 'A span of time, as in ISO 8601: `"P1Y2M3DT4H5M6S"`.'),
  IP: described(GraphQLIP, 'An address of the Internet Protocol, with or without a mask: `"192.0.2.1"`.'),
  JSON: described(GraphQLJSON, 'Any value, as in JSON.'),
  LocalTime: described(GraphQLLocalTime, 'A time of the day: `"14:30:00"`.'),
  MAC: described(GraphQLMAC, 'The address of a network card: `"08:00:2b:01:02:03"`.'),
  Time: TimeScalar,
  UUID: described(GraphQLUUID, 'A UUID, as in RFC 9562.'),
}

/** A number as JSON has it: NaN and infinity are none. */
export function finite(value: number | null): number | null {
  return Number.isFinite(value) ? value : null
}

/** A decimal with as many places as its column had when it was adopted, and with more where the column has more now. */
export function decimalText(value: Prisma.Decimal, places: number): string {
  return value.toFixed(Math.max(places, value.decimalPlaces() || 0))
}

/** A span of time as ISO 8601 has it: an infinite one is none. */
export function finiteDuration(text: string | null): string | null {
  return text?.endsWith('infinity') ? null : text
}

/** `14:30:00+02` as RFC 3339 has it. PostgreSQL also has the end of a day, 24:00, and offsets with seconds. */
export function offsetTimeText(text: string): string {
  const [, time = '', offset = ''] = /^([\d:.]+)([+-]\d\d(?::\d\d)?)/.exec(text) ?? []
  return `${time.startsWith('24') ? '23:59:59.999' : time}${offset.length === 3 ? `${offset}:00` : offset}`
}
