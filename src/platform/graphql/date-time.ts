const dayMs = 86_400_000
const twoDigits = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'))
const threeDigits = Array.from({ length: 1000 }, (_, value) => String(value).padStart(3, '0'))

let latestDay = { number: Number.NaN, text: '' }

/** As `Date.toISOString`, which takes four times as long: a list of rows has many moments, and mostly of few days. */
export function isoText(moment: Date): string {
  const time = moment.getTime()
  const number = Math.floor(time / dayMs)
  // The date of another day, an invalid date, and years with a sign are left to the built-in method.
  if (number !== latestDay.number)
    latestDay = { number, text: new Date(number * dayMs).toISOString().split('T', 1)[0] ?? '' }
  const sinceMidnight = time - number * dayMs
  const seconds = Math.floor(sinceMidnight / 1000)
  const hour = twoDigits[Math.floor(seconds / 3600)]
  const minute = twoDigits[Math.floor(seconds / 60) % 60]
  return `${latestDay.text}T${hour}:${minute}:${twoDigits[seconds % 60]}.${threeDigits[sinceMidnight % 1000]}Z`
}

/** The first and the last moment of the years 0001 to 9999, which RFC 3339 has. */
const ends = [Date.parse('0001-01-01T00:00:00.000Z'), Date.parse('9999-12-31T23:59:59.999Z')] as const

/** A moment before or behind these years, infinity too, is their first or last one. */
export function inYears(moment: Date): Date {
  const time = moment.getTime()
  if (time < ends[0]) return new Date(ends[0])
  return time > ends[1] ? new Date(ends[1]) : moment
}

/** The calendar date of a column: `2026-08-21`. */
export function dateText(day: Date): string {
  return inYears(day).toISOString().slice(0, 10)
}

/** The time of the day of a column: `14:30:00`. PostgreSQL also has the end of a day, 24:00. */
export function timeText(time: Date): string {
  if (time.getTime() >= dayMs) return '23:59:59.999'
  const text = time.toISOString().slice(11, 23)
  return text.endsWith('.000') ? text.slice(0, 8) : text
}
