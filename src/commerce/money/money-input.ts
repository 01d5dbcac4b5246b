import { builder } from '../../platform/graphql/builder.ts'
import type { Errors } from '../mutations.ts'
import { parseAmount } from './money.ts'

export const MoneyInput = builder.inputType('MoneyInput', {
  description: 'An exact amount of one currency.',
  fields: (t) => ({
    amount: t.field({
      type: 'Decimal',
      required: true,
      description: 'The amount in major units, with no more digits than its currency has: `"12.50"`.',
    }),
    currency: t.field({ type: 'CurrencyCode', required: true, description: 'The currency.' }),
  }),
})

/** The amount in minor units, from 0 to fifteen digits; adds an error for any other input. */
export function minorOf(
  { amount, currency }: typeof MoneyInput.$inferInput,
  errors: Errors,
  path: readonly (string | number)[],
): bigint {
  const minor = parseAmount(amount, currency)
  if (minor === undefined) errors.add('INVALID_AMOUNT', [...path, 'amount'])
  return minor ?? 0n
}
