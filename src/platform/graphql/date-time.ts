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
