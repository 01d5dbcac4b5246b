import { clientError } from '../platform/errors.ts'

/** Longer than any name. Each three characters are a look-up of their own in the trigram index. */
const maxLength = 200

/** A case-insensitive condition that finds this text anywhere in a column; `%`, `_` and `\` are literal. */
export function containsText(text: string) {
  if (text.length > maxLength) {
    throw clientError(
      'BAD_USER_INPUT',
      `At most ${maxLength} characters can be searched for; these are ${text.length}.`,
    )
  }
  return { contains: text.replace(/[\\%_]/g, '\\$&'), mode: 'insensitive' as const }
}
