const days = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' })
const moments = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
/** A date has no time zone: it is the same day everywhere. */
const dates = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeZone: 'UTC' })

export function dayOf(moment: string): string {
  return days.format(new Date(moment))
}

export function momentOf(moment: string): string {
  return moments.format(new Date(moment))
}

export function dateOf(date: string): string {
  return dates.format(new Date(date))
}
