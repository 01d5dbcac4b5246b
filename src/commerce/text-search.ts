/** A condition that finds this text anywhere in a column, in any case; `%`, `_` and `\` stand for themselves. */
export function containsText(text: string) {
  return { contains: text.replace(/[\\%_]/g, '\\$&'), mode: 'insensitive' as const }
}
