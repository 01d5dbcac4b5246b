import { z } from 'zod'

/** A setting that is a whole number. The error names the bounds, in whatever way the value violates them. */
export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER) {
  const bounds = max === Number.MAX_SAFE_INTEGER ? `from ${min} up` : `from ${min} to ${max}`
  const expected = `must be a whole number ${bounds}`
  const isValid = (value: number) => Number.isSafeInteger(value) && value >= min && value <= max
  return z.coerce.number(expected).refine(isValid, expected)
}
