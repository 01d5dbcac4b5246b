import type { InputFault } from './user-errors.ts'

/**
 * The fields that are empty and must not be, in the form of the API's own errors. Only what its types leave no room for is
 * looked at here: no country is no CountryCode, and the API would refuse the request whole, naming no field.
 */
export function missingIn(fields: Readonly<Record<string, string>>): InputFault[] {
  return Object.entries(fields)
    .filter(([, value]) => value.trim() === '')
    .map(([field]) => ({ code: 'REQUIRED', message: 'This is needed.', path: field.split('.') }))
}

/** An amount as people write it, with a comma too, as the API takes it; undefined where it is none. */
export function decimalIn(text: string): string | undefined {
  const amount = text.trim().replace(',', '.')
  return /^\d{1,9}(\.\d{1,4})?$/.test(amount) ? amount : undefined
}

/** A whole number as it is typed; zero where it is none. */
export function wholeNumber(text: string): number {
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : 0
}
