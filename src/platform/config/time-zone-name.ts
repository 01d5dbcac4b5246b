/**
 * PostgreSQL reads other names in its own way: "CET" as an abbreviation without summer time, and the sign of "+01:00" the
 * other way round.
 */
export function isTimeZone(value: string): boolean {
  if (value === 'UTC') return true
  if (!/^[A-Za-z]+\/[\w+\-/]+$/.test(value)) return false
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
