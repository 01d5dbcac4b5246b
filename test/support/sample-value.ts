import type { Column } from '../../scripts/adopt/catalogue.ts'
import type { Limits } from '../../src/platform/mutations/rows/limits.ts'

/** A value of a column as PostgreSQL reads it: another one for each number. Undefined for a type that is not known here. */
export function sampleOf(column: Column, limits: Limits, labels: readonly string[], n: number): string | undefined {
  if (column.isList) return '{}'
  if (column.baseKind === 'e') return labels[n % labels.length]
  const { oneOf, not } = limits
  if (oneOf) return oneOf[n % oneOf.length]
  const size = /\((\d+)(?:,(\d+))?\)/.exec(column.type)
  const isText = texts.has(column.base)
  if (isText) return textOf(column, size?.[1], limits, n)
  if (numbers.has(column.base)) return numberOf(limits, n, size ?? [])
  const sample = others[column.base]?.(n, Number(size?.[1] ?? 1))
  return sample === not ? undefined : sample
}

const texts = new Set(['text', 'varchar', 'bpchar', 'citext', 'name', 'char'])
const numbers = new Set(['int2', 'int4', 'int8', 'numeric', 'float4', 'float8', 'money'])

function textOf(
  { name, base, domain }: Column,
  size: string | undefined,
  { minLength = 0, maxLength }: Limits,
  n: number,
): string {
  const most = Math.min(Number(size ?? (base === 'char' ? 1 : 60)), maxLength ?? 60)
  if (/mail/i.test(`${name} ${domain}`) && most > 16) return `sample.${n}@example.org`
  const ending = n.toString(36)
  return `${name
    .replaceAll(/\W/g, '')
    .padEnd(minLength, 'x')
    .slice(0, Math.max(0, most - ending.length - 1))} ${ending}`.slice(-most)
}

function numberOf(
  { from, to, above, below }: Limits,
  n: number,
  [, digits, scale]: readonly (string | undefined)[],
): string {
  const least = from ?? (above === undefined ? undefined : String(Number(above) + step(digits, scale)))
  const most = to ?? (below === undefined ? undefined : String(Number(below) - step(digits, scale)))
  if (least === undefined && most !== undefined) return String(Number(most) - n)
  const value = Number(least ?? 1) + n * step(digits, scale)
  return String(most === undefined ? value : Math.min(value, Number(most)))
}

/** One, or less in a column of numbers below one. */
function step(digits: string | undefined, scale: string | undefined): number {
  return digits !== undefined && Number(digits) <= Number(scale ?? 0) ? 10 ** -Number(scale) : 1
}

const day = (n: number) => new Date(Date.UTC(2020, 0, 1 + n)).toISOString()
const hex = (n: number, length: number) => n.toString(16).padStart(length, '0')

const others: Record<string, ((n: number, size: number) => string) | undefined> = {
  bool: (n) => String(n % 2 === 0),
  date: (n) => day(n).slice(0, 10),
  timestamp: (n) => day(n).slice(0, 19),
  timestamptz: (n) => day(n + 1),
  time: (n) => `${String(n % 24).padStart(2, '0')}:00:00`,
  timetz: (n) => `${String(n % 24).padStart(2, '0')}:00:00+00`,
  interval: (n) => `${n} hours`,
  uuid: (n) => `00000000-0000-4000-8000-${hex(n, 12)}`,
  json: (n) => `{"n": ${n}}`,
  jsonb: (n) => `{"n": ${n}}`,
  bytea: (n) => `\\x${hex(n, 4)}`,
  xml: (n) => `<n>${n}</n>`,
  bit: (n, size) => n.toString(2).padStart(size, '0').slice(-size),
  varbit: (n, size) => n.toString(2).slice(-size),
  inet: (n) => `192.0.2.${n % 256}`,
  cidr: (n) => `10.${n % 256}.0.0/16`,
  macaddr: (n) => `02:00:00:00:00:${hex(n % 256, 2)}`,
  point: (n) => `(${n},0)`,
  tsvector: (n) => `word${n}`,
  int4range: (n) => `[${n},${n + 1})`,
}
