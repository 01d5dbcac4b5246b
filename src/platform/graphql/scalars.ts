import { type ASTNode, GraphQLError, GraphQLScalarType, Kind } from 'graphql'
import {
  GraphQLCountryCode,
  GraphQLCurrency,
  GraphQLDateTime,
  GraphQLEmailAddress,
  GraphQLJSONObject,
  GraphQLLocalDate,
} from 'graphql-scalars'
import { isTimeZone } from '../config/time-zone-name.ts'
import { inYears, isoText } from './date-time.ts'

/** The most digits of an amount. More digits would overflow the database's integers. */
const decimalPattern = /^-?\d{1,15}(\.\d{1,9})?$/

function parseDecimal(value: unknown, nodes?: ASTNode): string {
  if (typeof value === 'string' && decimalPattern.test(value)) return value
  const message = 'A Decimal is a string such as "12.50": at most 15 digits before the point and 9 after it.'
  throw new GraphQLError(message, { nodes })
}

/** A stored number may have more digits than an input, and PostgreSQL has three that are none. */
function decimalText(value: unknown): string {
  if (typeof value === 'string' && /^(-?\d+(\.\d+)?|NaN|-?Infinity)$/.test(value)) return value
  throw new GraphQLError('A Decimal is a number as a string, such as "12.50".')
}

export const DecimalScalar = new GraphQLScalarType<string, string>({
  name: 'Decimal',
  description:
    'An exact decimal number as a string, such as `"12.50"`; never a float. ' +
    'Where the database has no number, it is `"NaN"`, `"Infinity"` or `"-Infinity"`.',
  serialize: decimalText,
  parseValue: (value) => parseDecimal(value),
  parseLiteral(node) {
    const numeric = node.kind === Kind.STRING || node.kind === Kind.INT || node.kind === Kind.FLOAT
    return parseDecimal(numeric ? node.value : undefined, node)
  },
})

export const DateTimeScalar = described(
  asText(
    narrowed(
      GraphQLDateTime,
      (moment) => isStorable(moment.getUTCFullYear()),
      'A DateTime is in the years 0001 to 9999.',
    ),
  ),
  'A moment, as in RFC 3339: `"2026-08-21T14:30:00.000Z"`. One outside of the years 0001 to 9999 is shown as their first or last.',
)
export const DateScalar = described(
  narrowed(GraphQLLocalDate, (date) => isStorable(Number(date.slice(0, 4))), 'A Date is in the years 0001 to 9999.'),
  'A calendar date: `"2026-08-21"`.',
  'Date',
)
export const EmailAddressScalar = described(GraphQLEmailAddress, 'An e-mail address, as in RFC 5322.')
export const CountryCodeScalar = described(
  narrowed(GraphQLCountryCode, isUpperCase, 'A CountryCode is in capitals: "DE".'),
  'A country, as in ISO 3166-1 alpha-2: `"DE"`.',
)
export const CurrencyCodeScalar = described(
  narrowed(GraphQLCurrency, isUpperCase, 'A CurrencyCode is in capitals: "EUR".'),
  'A currency, as in ISO 4217: `"EUR"`.',
  'CurrencyCode',
)

function parseTimeZone(value: unknown, nodes?: ASTNode): string {
  if (typeof value === 'string' && isTimeZone(value)) return value
  throw new GraphQLError(
    'A TimeZone is a name of the IANA time zone database with its region, "Europe/Berlin", or "UTC".',
    { nodes },
  )
}

export const TimeZoneScalar = new GraphQLScalarType<string, string>({
  name: 'TimeZone',
  description:
    'A time zone, by its name with its region in the IANA time zone database, `"Europe/Berlin"`, or `"UTC"`.',
  serialize: (value) => parseTimeZone(value),
  parseValue: (value) => parseTimeZone(value),
  parseLiteral: (node) => parseTimeZone(node.kind === Kind.STRING ? node.value : undefined, node),
})

export const JSONObjectScalar = described(GraphQLJSONObject, 'An object, as in JSON.')

/** PostgreSQL has no year 0, and RFC 3339 ends with 9999. */
function isStorable(year: number): boolean {
  return year >= 1 && year <= 9999
}

/** graphql-scalars accepts codes in any case, but the database has them in capitals. */
function isUpperCase(code: string): boolean {
  return code === code.toUpperCase()
}

function narrowed<In, Out>(scalar: GraphQLScalarType<In, Out>, takes: (value: In) => boolean, otherwise: string) {
  const taken = (value: In, nodes?: ASTNode): In => {
    if (takes(value)) return value
    throw new GraphQLError(otherwise, { nodes })
  }
  return new GraphQLScalarType<In, Out>({
    ...scalar.toConfig(),
    parseValue: (value) => taken(scalar.parseValue(value)),
    parseLiteral: (node, variables) => taken(scalar.parseLiteral(node, variables), node),
  })
}

/** The text that JSON has for a moment anyway. */
function asText(scalar: GraphQLScalarType<Date, Date>) {
  return new GraphQLScalarType<Date, string>({
    ...scalar.toConfig(),
    serialize: (value) => isoText(scalar.serialize(value instanceof Date ? inYears(value) : value)),
  })
}

/** The scalar under our description, and our name. */
export function described<In, Out>(scalar: GraphQLScalarType<In, Out>, description: string, name = scalar.name) {
  return new GraphQLScalarType<In, Out>({ ...scalar.toConfig(), name, description })
}
