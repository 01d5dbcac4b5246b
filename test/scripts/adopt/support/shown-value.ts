import type { Field, NamedEnum } from '../../../../scripts/adopt/noun.ts'
import { isShown, type ValueType } from '../../../../scripts/adopt/value-types.ts'

/** The text of a column, exactly; a list as JSON of the texts of its items. */
export function textSql({ column: { name, base }, value }: Field): string {
  const column = `"${name.replaceAll('"', '""')}"`
  const isList = isShown(value) && value.isList
  if (isList) return `array_to_json(${column}::text[])`
  if (base === 'money') return `${column}::numeric::text`
  // The text of these types is not what they say: characters lose their padding, and an address gains a mask.
  return base === 'bpchar' || base === 'inet' ? `to_json(${column}) #>> '{}'` : `${column}::text`
}

/** What the API is to show of a value, from its text in PostgreSQL. */
export function shownValue({ value, name }: Field, text: unknown, enums: readonly NamedEnum[]): unknown {
  if (!isShown(value)) throw new Error(`${name} is not shown`)
  const shown = (item: unknown) => (item === null ? null : shownText(value, String(item), enums))
  if (value.isList) return Array.isArray(text) ? text.flat(Number.POSITIVE_INFINITY).map(shown) : []
  return text === null || text === undefined ? null : shown(text)
}

function shownText({ graphql, prisma, scale }: ValueType, text: string, enums: readonly NamedEnum[]): unknown {
  switch (graphql) {
    case 'Int':
      return Number(text)
    case 'Boolean':
      return text === 'true' || text === 't'
    case 'Float':
      // JSON has no -0 either.
      return Number.isFinite(Number(text)) ? Number(text) + 0 : null
    case 'Decimal':
      // Without a fixed scale, digits that say nothing are left out.
      return scale === undefined && /\.\d*0$|\.0+$/.test(text) ? text.replace(/\.?0+$/, '') : text
    case 'Date':
      return inYears(text, '0001-01-01', '9999-12-31')
    case 'DateTime':
      return inYears(text, '0001-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z', momentOf)
    case 'LocalTime':
      return text.startsWith('24') ? '23:59:59.999' : withMilliseconds(text)
    case 'Time':
      return text
        .replace(/^24:00:00/, '23:59:59.999')
        .replace(/([+-]\d\d)(:\d\d)?(:\d\d)?$/, (_all, hour, minute) => `${hour}${minute ?? ':00'}`)
    case 'Duration':
      return text
    case 'Byte':
      return Buffer.from(text.slice(2), 'hex').toString('base64')
    case 'JSON':
      // Its numbers are those of JavaScript, and none is infinite.
      return JSON.parse(JSON.stringify(JSON.parse(text)))
    case 'enum':
      return enums.find((each) => each.name === prisma)?.values.find(({ label }) => label === text)?.graphql
    default:
      return text
  }
}

function inYears(text: string, first: string, last: string, usual = (day: string) => day): string {
  if (text === '-infinity' || text.endsWith('BC')) return first
  return text === 'infinity' || /^\d{5}/.test(text) ? last : usual(text)
}

/** In summer Berlin is two hours ahead of UTC, in winter one. */
function momentOf(text: string): string {
  const [, day, time, fraction = '', offset] = /^(\S+) ([\d:]+)(?:\.(\d+))?(\+00)?$/.exec(text) ?? []
  const local = offset ? '' : '+01:00'
  return new Date(`${day}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}${local || 'Z'}`).toISOString()
}

function withMilliseconds(text: string): string {
  const [time, fraction = ''] = text.split('.')
  const milliseconds = fraction.slice(0, 3).padEnd(3, '0')
  return milliseconds === '000' ? `${time}` : `${time}.${milliseconds}`
}
