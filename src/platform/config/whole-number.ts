import { z } from 'zod'

/** A setting that counts something: a fault says what is wanted, whichever way the value misses it. */
export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER) {
  const bounds = max === Number.MAX_SAFE_INTEGER ? `from ${min} up` : `from ${min} to ${max}`
  const wanted = `must be a whole number ${bounds}`
  const isWanted = (value: number) => Number.isSafeInteger(value) && value >= min && value <= max
  return z.coerce.number(wanted).refine(isWanted, wanted)
}
