import type { InputError } from './user-errors.ts'

/**
 * Required fields that are empty, in the form of the API's own errors. Only types that allow no empty value are checked
 * here: an empty country is no CountryCode, and the API would refuse the request without naming a field.
 */
export function missingIn(fields: Readonly<Record<string, string>>): InputError[] {
  return Object.entries(fields)
    .filter(([, value]) => value.trim() === '')
    .map(([field]) => ({ code: 'REQUIRED', message: 'This is needed.', path: field.split('.') }))
}

/** An amount as people type it, also with a comma, in the API's form; undefined where it is none. */
export function decimalIn(text: string): string | undefined {
  const amount = text.trim().replace(',', '.')
  return /^\d{1,9}(\.\d{1,4})?$/.test(amount) ? amount : undefined
}

/** A whole number as typed; 0 where it is none. */
export function wholeNumber(text: string): number {
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : 0
}
