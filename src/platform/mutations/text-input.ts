import type { CommonCode } from './user-errors.ts'

/** Where the errors of a text go, with any further codes of the domain. */
export interface TextErrors {
  add(code: CommonCode, path: readonly (string | number)[], message?: string): void
}

export interface TextLimits {
  max?: number
  pattern?: { expression: RegExp; example: string }
}

const defaultMax = 200

/**
 * The text trimmed and in NFC, so that equal words are equal. Adds an error for empty, too long, or control characters.
 */
export function requiredText(
  errors: TextErrors,
  value: string,
  path: readonly (string | number)[],
  { max = defaultMax, pattern }: TextLimits = {},
): string {
  const text = value.normalize('NFC').trim()
  if (text === '') errors.add('BLANK', path)
  if (text.length > max) errors.add('TOO_LONG', path, `At most ${max} characters; these are ${text.length}.`)
  if (/\p{Cc}/u.test(text)) errors.add('INVALID_CHARACTER', path)
  else if (text !== '' && text.length <= max && pattern && !pattern.expression.test(text)) {
    errors.add('INVALID_FORMAT', path, `It must look like ${pattern.example}.`)
  }
  return text
}

/** The same for an optional text: blank text is null. */
export function optionalText(
  errors: TextErrors,
  value: string | null | undefined,
  path: readonly (string | number)[],
  limits: TextLimits = {},
): string | null {
  return value == null || value.trim() === '' ? null : requiredText(errors, value, path, limits)
}

/**
 * E.164 allows 15 digits. People write them with spaces, dots, dashes and brackets.
 * @public
 */
export const phoneNumber = { expression: /^(?=(?:\D*\d){5,15}\D*$)[+(]?[\d\s().\-/]{4,30}$/, example: '+49 30 0074321' }
