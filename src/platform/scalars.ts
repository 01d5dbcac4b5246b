import { GraphQLError, GraphQLScalarType, Kind } from 'graphql'
import {
  GraphQLCountryCode,
  GraphQLCurrency,
  GraphQLDateTime,
  GraphQLEmailAddress,
  GraphQLLocalDate,
} from 'graphql-scalars'

/** Integer and fraction digits that any amount here can need; beyond them the database's integers would overflow. */
const decimalPattern = /^-?\d{1,15}(\.\d{1,9})?$/

function parseDecimal(value: unknown): string {
  if (typeof value === 'string' && decimalPattern.test(value)) return value
  throw new GraphQLError('A Decimal is a string such as "12.50": at most 15 digits before the point and 9 after it.')
}

export const DecimalScalar = new GraphQLScalarType<string, string>({
  name: 'Decimal',
  description: 'An exact decimal number as a string, such as `"12.50"`; never a float.',
  serialize: parseDecimal,
  parseValue: parseDecimal,
  parseLiteral(node) {
    if (node.kind === Kind.STRING || node.kind === Kind.INT || node.kind === Kind.FLOAT) return parseDecimal(node.value)
    throw new GraphQLError('A Decimal is a string such as "12.50".', { nodes: node })
  },
})

export const DateTimeScalar = described(GraphQLDateTime, 'A moment, as in RFC 3339: `"2026-08-21T14:30:00.000Z"`.')
export const DateScalar = described(GraphQLLocalDate, 'A calendar date: `"2026-08-21"`.', 'Date')
export const EmailAddressScalar = described(GraphQLEmailAddress, 'An e-mail address, as in RFC 5322.')
export const CountryCodeScalar = described(GraphQLCountryCode, 'A country, as in ISO 3166-1 alpha-2: `"DE"`.')
export const CurrencyCodeScalar = described(GraphQLCurrency, 'A currency, as in ISO 4217: `"EUR"`.', 'CurrencyCode')

function described<In, Out>(scalar: GraphQLScalarType<In, Out>, description: string, name = scalar.name) {
  return new GraphQLScalarType<In, Out>({ ...scalar.toConfig(), name, description })
}
