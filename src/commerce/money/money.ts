import { clientError } from '../../platform/errors.ts'
import { builder } from '../../platform/graphql/builder.ts'

/** An amount as it is stored: minor units of its currency. */
export interface MoneyShape {
  minor: bigint
  currency: string
}

export const Money = builder.objectRef<MoneyShape>('Money').implement({
  description: 'An exact amount of one currency.',
  fields: (t) => ({
    amount: t.field({
      type: 'Decimal',
      cacheable: true,
      description: 'The amount in major units, with the digits its currency has: `"12.50"` for USD, `"1250"` for JPY.',
      resolve: ({ minor, currency }) => formatMinor(minor, currency),
    }),
    currency: t.expose('currency', { type: 'CurrencyCode', description: 'The currency.' }),
  }),
})

/** How a report shows its amounts. */
export const moneyOf = { type: Money, make: (minor: bigint, currency: string): MoneyShape => ({ minor, currency }) }

const MoneyRange = builder.inputType('MoneyRange', {
  description: 'Amounts of one currency, both ends included; a missing end is open.',
  fields: (t) => ({
    currency: t.field({
      type: 'CurrencyCode',
      required: true,
      description: 'The currency; other currencies do not match.',
    }),
    min: t.field({ type: 'Decimal', description: 'The smallest amount that matches.' }),
    max: t.field({ type: 'Decimal', description: 'The largest amount that matches.' }),
  }),
})

export const MoneyRangeInput = MoneyRange

/**
 * The range in minor units, as a Prisma filter. An end between two minor units is no amount of the currency, and is
 * rounded inwards.
 */
export function minorRange({ currency, min, max }: typeof MoneyRange.$inferInput): { gte?: bigint; lte?: bigint } {
  return {
    ...(min == null ? {} : { gte: parseMinor(min, currency) }),
    ...(max == null ? {} : { lte: parseMinor(max, currency) }),
  }
}

/** The largest stored amount. A range may end beyond it, in a currency of four digits, and is cut here. */
const maxMinor = 2n ** 63n - 1n

function parseMinor(amount: string, currency: string): bigint {
  const minor = exactMinor(amount, currency)
  if (minor === undefined) {
    throw clientError(
      'BAD_USER_INPUT',
      `${amount} has more digits after the point than ${currency}, which has ${fractionDigits(currency)}.`,
    )
  }
  if (minor > maxMinor) return maxMinor
  return minor < -maxMinor ? -maxMinor : minor
}

/** Fifteen digits fit every column, and the exact numbers of every client. */
export const maxAmountMinor = 999_999_999_999_999n

/** An amount of a mutation's input in minor units, from 0 to fifteen digits; undefined for any other amount. */
export function parseAmount(amount: string, currency: string): bigint | undefined {
  const minor = exactMinor(amount, currency)
  return minor !== undefined && minor >= 0n && minor <= maxAmountMinor ? minor : undefined
}

/** Undefined where the amount has a fraction of a minor unit. */
function exactMinor(amount: string, currency: string): bigint | undefined {
  const digits = fractionDigits(currency)
  const [whole = '0', fraction = ''] = amount.split('.')
  const significant = fraction.replace(/0+$/, '')
  return significant.length > digits ? undefined : BigInt(whole + significant.padEnd(digits, '0'))
}

export function formatMinor(minor: bigint, currency: string): string {
  const digits = fractionDigits(currency)
  const sign = minor < 0n ? '-' : ''
  const text = String(minor < 0n ? -minor : minor).padStart(digits + 1, '0')
  if (digits === 0) return sign + text
  return `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`
}

const knownDigits = new Map<string, number>()

/** ISO 4217 minor units, from the runtime's own tables. */
function fractionDigits(currency: string): number {
  const known = knownDigits.get(currency)
  if (known !== undefined) return known
  const format = new Intl.NumberFormat('en', { style: 'currency', currency })
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2
  knownDigits.set(currency, digits)
  return digits
}
