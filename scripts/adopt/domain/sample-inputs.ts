import type { NamedEnum } from '../noun.ts'
import { spoken } from '../words.ts'
import type { WrittenValue } from '../writes.ts'
import type { WrittenNoun } from './write-files.ts'

/** The values that a new row must say, or one of them that it can say, as an input for a test. */
export function sampleInput({ writes }: WrittenNoun, enums: readonly NamedEnum[], n = 1): Record<string, unknown> {
  const isLinked = writes.references.some(({ isRequired }) => isRequired)
  const required = writes.values.filter(({ isRequired }) => isRequired)
  const chosen = required.length > 0 || isLinked ? required : writes.values.slice(0, 1)
  return Object.fromEntries(chosen.map((value) => [value.input, sample(value, enums, n)]))
}

/** Far from the keys of rows that tests begin with. */
const start = 1000

/** An input for a value, of a type that the API has; another one for each number. */
export function sample(written: WrittenValue, enums: readonly NamedEnum[], n: number): unknown {
  const { value } = written
  if (value.isList) return []
  if (value.graphql === 'enum') {
    const values = enums.find(({ name }) => name === value.prisma)?.values ?? []
    return values[n % values.length]?.graphql
  }
  if (value.graphql === 'String') return sampleText(written, n)
  if (value.graphql === 'Int') return sampleNumber(written, n)
  return fixed[value.graphql]?.(sampleNumber(written, n), value.scale)
}

const fixed: Record<string, ((number: number, scale?: number) => unknown) | undefined> = {
  Float: (number) => number,
  Decimal: (number, scale = 0) => number.toFixed(scale),
  BigInt: String,
  Boolean: () => true,
  Date: () => '2026-01-31',
  DateTime: () => '2026-01-31T12:00:00.000Z',
  LocalTime: () => '12:00:00',
  UUID: () => '00000000-0000-4000-8000-00000000ffff',
  JSON: () => ({}),
  Byte: () => 'YQ==',
  IP: () => '192.0.2.200',
  Duration: () => 'PT1H',
}

function sizes({ field }: WrittenValue): [number | undefined, number | undefined] {
  const [, size, scale] = /\((\d+)(?:,(\d+))?\)/.exec(field.column.type) ?? []
  return [size === undefined ? undefined : Number(size), scale === undefined ? undefined : Number(scale)]
}

function sampleText(written: WrittenValue, n: number): string {
  const { limits = {}, field, value } = written
  if (limits.oneOf) return limits.oneOf[n % limits.oneOf.length] ?? ''
  const [size] = sizes(written)
  if (value.native?.startsWith('Bit(')) return '1'.repeat(size ?? 1)
  if (value.native?.startsWith('VarBit')) return '1'
  if (value.native === 'Xml') return '<a/>'
  if (/mail/i.test(`${field.name} ${field.column.domain}`) && (size ?? 99) > 24) return `new.${n}@example.org`
  const most = Math.min(size ?? 40, limits.maxLength ?? 40)
  return `New ${n} ${spoken(field.name)}`
    .padEnd(limits.minLength ?? 0, 'x')
    .slice(0, most)
    .trimEnd()
}

function sampleNumber(written: WrittenValue, n: number): number {
  const { limits: { oneOf, from, to, above, below } = {}, field, value } = written
  if (oneOf) return Number(oneOf[n % oneOf.length])
  const [digits, scale = 0] = sizes(written)
  const most =
    value.graphql === 'Decimal' && digits !== undefined ? 10 ** (digits - scale) - 1 : Number.POSITIVE_INFINITY
  const isKey = field.name === 'id' || !written.isUpdated
  const least = from !== undefined ? Number(from) : above !== undefined ? Number(above) + 1 : 0
  const wanted = Math.max(least, isKey ? start + n : n)
  return Math.min(wanted, to === undefined ? most : Number(to), below === undefined ? most : Number(below) - 1, most)
}

/** Inputs that differ from a good one in one value, with what each is refused with. */
export function refusedInputs({ writes }: WrittenNoun): [refusal: string, input: Record<string, unknown>][] {
  const ofValues = writes.values.flatMap((value) =>
    wrongValues(value).map(([code, wrong]) => refused(code, value.input, wrong)),
  )
  const ofReferences = writes.references.map(({ input }) => refused('NOT_FOUND', input, 'nothing'))
  return [...ofValues, ...ofReferences]
}

function refused(code: string, input: string, wrong: unknown): [string, Record<string, unknown>] {
  return [`${code} ${input}`, { [input]: wrong }]
}

function wrongValues(written: WrittenValue): [code: string, wrong: unknown][] {
  const { value, limits } = written
  if (value.isList) return []
  if (value.graphql === 'String') return wrongTexts(written)
  if (value.graphql === 'Int' && value.native === 'SmallInt' && limits === undefined) return [['OUT_OF_RANGE', 40_000]]
  const number = (text: string) => (value.graphql === 'Int' || value.graphql === 'Float' ? Number(text) : text)
  if (!['Int', 'Float', 'Decimal', 'BigInt'].includes(value.graphql)) return []
  const { from, to, above, below, oneOf } = limits ?? {}
  if (oneOf) return [['INVALID_VALUE', number('123')]].filter(() => !oneOf.includes('123')) as [string, unknown][]
  return [
    ...(from === undefined ? [] : [['OUT_OF_RANGE', number(moved(from, -1))] as [string, unknown]]),
    ...(above === undefined ? [] : [['OUT_OF_RANGE', number(above)] as [string, unknown]]),
    ...(to === undefined ? [] : [['OUT_OF_RANGE', number(moved(to, 1))] as [string, unknown]]),
    ...(below === undefined ? [] : [['OUT_OF_RANGE', number(below)] as [string, unknown]]),
    ...(limits === undefined ? wrongDecimals(written) : []),
  ]
}

function moved(text: string, by: number): string {
  return String(Number(text) + by)
}

function wrongTexts(written: WrittenValue): [string, unknown][] {
  const { limits = {}, value } = written
  const [size] = sizes(written)
  if (limits.oneOf) return [['INVALID_VALUE', '?']]
  const most = Math.min(size ?? Number.POSITIVE_INFINITY, limits.maxLength ?? Number.POSITIVE_INFINITY)
  const isBits = value.native?.includes('Bit') ?? false
  const tooLong = most <= 200 && !isBits ? [['TOO_LONG', 'a'.repeat(most + 1)] as [string, unknown]] : []
  if (!limits.minLength) return tooLong
  return [...tooLong, limits.minLength === 1 ? ['BLANK', ''] : ['TOO_SHORT', 'a'.repeat(limits.minLength - 1)]]
}

/** Within what the scalar takes: 15 digits before the point and 9 behind it. */
function wrongDecimals(written: WrittenValue): [string, unknown][] {
  const [digits, scale = 0] = sizes(written)
  if (written.value.graphql !== 'Decimal' || digits === undefined) return []
  return [
    ...(digits - scale < 15 ? [['OUT_OF_RANGE', `1${'0'.repeat(digits - scale)}`] as [string, unknown]] : []),
    ...(scale < 9 ? [['OUT_OF_RANGE', `0.${'0'.repeat(scale)}1`] as [string, unknown]] : []),
  ]
}
