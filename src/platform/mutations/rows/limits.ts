/** What a value must be, as its table says it. Null is never against it. Numbers are texts, so that none loses digits. */
export interface Limits {
  /** The smallest number that it may be, and the largest. */
  readonly from?: string
  readonly to?: string
  /** A number that it must be above, and one that it must be below. */
  readonly above?: string
  readonly below?: string
  /** A number or text that it must not be. */
  readonly not?: string
  /** Numbers or texts of which it must be one. */
  readonly oneOf?: readonly string[]
  /** How many characters a text has. */
  readonly minLength?: number
  readonly maxLength?: number
}

/** The limits in words, as the end of a sentence: `from 1 to 10`. */
export function said({ from, to, above, below, not, oneOf, minLength, maxLength }: Limits): string {
  const parts = [
    from !== undefined && to !== undefined ? `from ${from} to ${to}` : undefined,
    from !== undefined && to === undefined ? `at least ${from}` : undefined,
    to !== undefined && from === undefined ? `at most ${to}` : undefined,
    above === undefined ? undefined : `above ${above}`,
    below === undefined ? undefined : `below ${below}`,
    oneOf && `one of ${oneOf.join(', ')}`,
    not === undefined ? undefined : `not ${not === '' ? 'empty' : not}`,
    minLength === undefined ? undefined : `at least ${counted(minLength)} long`,
    maxLength === undefined ? undefined : `at most ${counted(maxLength)} long`,
  ]
  return parts.filter((part) => part !== undefined).join(' and ')
}

function counted(characters: number): string {
  return characters === 1 ? '1 character' : `${characters} characters`
}
