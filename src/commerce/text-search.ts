import { foldedText } from '../platform/database/folded-text.ts'
import { clientError } from '../platform/errors.ts'

/** Longer than any name. Each three characters are a look-up of their own in the trigram index. */
const maxLength = 200

/**
 * A condition on a folded column that finds this text anywhere in it, in any case and with any accents; `%`, `_` and `\` are
 * literal.
 */
export function containsText(text: string) {
  if (text.length > maxLength) {
    throw clientError(
      'BAD_USER_INPUT',
      `At most ${maxLength} characters can be searched for; these are ${text.length}.`,
    )
  }
  return { contains: foldedText(text).replace(/[\\%_]/g, '\\$&'), mode: 'insensitive' as const }
}
