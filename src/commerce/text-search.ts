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
  // Stored texts are composed; macOS and iOS send decomposed ones: `o` and a combining accent.
  return { contains: text.normalize('NFC').replace(/[\\%_]/g, '\\$&'), mode: 'insensitive' as const }
}
