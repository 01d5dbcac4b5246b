import type { Model } from '../data-model.ts'
import { momentIn } from '../moment.ts'
import type { TimeZone } from '../time-zone.ts'
import type { CompiledRead } from './compiled-read.ts'
import { type Expression, JoinedTables, pathsIn } from './expression.ts'
import { JoinedConditions } from './joined-conditions.ts'
import type { Values } from './row-reader.ts'
import { StatementParts } from './statement-parts.ts'

/** @public */
export type CalendarUnit = 'DAY' | 'MONTH' | 'QUARTER' | 'YEAR'

/**
 * What rows are grouped by. A path leads over to-one relations to a field: `item.createdAt`.
 * @public
 */
export type Group =
  | { readonly kind: 'value'; readonly path: string }
  /** The day, month, quarter or year of a moment in a time zone: `2026-11-29`, `2026-11`, `2026-Q4`, `2026`. */
  | { readonly kind: 'calendar'; readonly path: string; readonly unit: CalendarUnit; readonly zone: string }
  /**
   * How many days of the time zone lie between a moment and `at`, as the first day of its range. `limits` are the last
   * days of all ranges but the open one at the end: of `[30, 60]` the ranges begin with 0, 31 and 61.
   */
  | {
      readonly kind: 'age'
      readonly path: string
      readonly limits: readonly number[]
      readonly at: Date
      readonly zone: string
    }

/** What is computed of the rows of a group. */
export type Measure =
  | { readonly kind: 'count' }
  /** How many rows have a number above zero. */
  | { readonly kind: 'positive'; readonly of: Expression }
  /** How many different values there are. */
  | { readonly kind: 'distinct'; readonly path: string }
  /** Rounded to a whole number once, half away from zero. */
  | { readonly kind: 'sum'; readonly of: Expression }
  | { readonly kind: 'min' | 'max'; readonly path: string }

export interface GroupedRead {
  readonly model: Model
  /** As Prisma's. */
  readonly where: object
  /** Only rows whose number is above zero. */
  readonly above?: Expression | undefined
  readonly groups: readonly Group[]
  readonly measures: readonly Measure[]
  /** The order of the rows; a number is the place of a group or a measure in its list. */
  readonly sort?: readonly ({ readonly descending?: boolean } & ({ group: number } | { measure: number }))[]
  /** The most rows. */
  readonly take?: number
  /** Also the measures of all rows together, grouped by these groups only. */
  readonly totals?: { readonly groups: readonly number[] } | undefined
}

/** Groups are texts, or null; counts are numbers, sums bigints, and extremes what their fields are. */
export interface GroupedRow {
  readonly groups: readonly (string | null)[]
  readonly measures: readonly unknown[]
}

export interface GroupedRows {
  readonly rows: readonly GroupedRow[]
  readonly totals: readonly GroupedRow[]
}

/** Every path that the read names, beside those of its condition. */
export function pathsOf({ above, groups, measures }: GroupedRead): string[] {
  return [
    ...(above ? pathsIn(above) : []),
    ...groups.map(({ path }) => path),
    ...measures.flatMap((measure) => ('path' in measure ? measure.path : 'of' in measure ? pathsIn(measure.of) : [])),
  ]
}

/**
 * The read as one statement: `source` has the values of each row, `groups` the measures of each group. Totals are further
 * groups of the same source, because an object in two groups counts once in all of them together.
 */
export function compileGroups(read: GroupedRead, zone: TimeZone): CompiledRead<GroupedRows> {
  const parts = new StatementParts(zone)
  const table = parts.table(read.model)
  const joined = new JoinedTables(parts, table)
  const columns = [
    ...read.groups.map((group, at) => `${groupSql(parts, joined, group)} AS "g${at}"`),
    ...read.measures.flatMap((measure, at) => {
      const value = valueSql(joined, measure)
      return value === undefined ? [] : [`${value} AS "v${at}"`]
    }),
  ]
  const above = read.above ? [`${joined.number(read.above)} > 0`] : []
  const conditions = [...new JoinedConditions(parts, joined).of(read.model, read.where), ...above]
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : ''
  const source = `SELECT ${columns.join(', ')} FROM ${table.from}${joined.sql}${where}`
  const sql = `WITH "source" AS (${source}), "groups" AS (${groupsSql(read)}) ${rowsSql(read)}`
  const readers = read.measures.map((measure) => measureReader(joined, measure, zone))
  return {
    sql,
    values: parts.values,
    dependsOnValues: parts.skewed.length > 0,
    result: async (rows) => rowsOf(read, readers, await rows((values) => values)),
  }
}

const formats: Record<CalendarUnit, string> = {
  DAY: 'YYYY-MM-DD',
  MONTH: 'YYYY-MM',
  QUARTER: 'YYYY-"Q"Q',
  YEAR: 'YYYY',
}

function groupSql(parts: StatementParts, joined: JoinedTables, group: Group): string {
  const { sql, isLocal } = joined.column(group.path)
  if (group.kind === 'value') return sql
  const zone = `${parts.parameter(group.zone)}::text`
  const moment = isLocal ? `(${sql} AT TIME ZONE ${parts.parameter(parts.zone.name)}::text)` : sql
  const local = `(${moment} AT TIME ZONE ${zone})`
  if (group.kind === 'calendar') return `to_char(${local}, '${formats[group.unit]}')`
  const today = `(${parts.parameter(group.at.toISOString())}::timestamptz AT TIME ZONE ${zone})`
  const days = `(${today}::date - ${local}::date)`
  const first = [0, ...group.limits.map((limit) => limit + 1)]
  const cases = group.limits.map((limit, at) => `WHEN ${days} <= ${limit} THEN ${first[at]}`)
  return `CASE ${cases.join(' ')} WHEN ${days} IS NOT NULL THEN ${first.at(-1)} END`
}

/** The value of a row that a measure takes in. */
function valueSql(joined: JoinedTables, measure: Measure): string | undefined {
  if (measure.kind === 'count') return undefined
  if ('path' in measure) return joined.column(measure.path).sql
  const value = joined.number(measure.of)
  return measure.kind === 'positive' ? `${value} > 0` : value
}

/** A group without rows does not appear, not even that of all rows. */
function groupsSql({ groups, measures, totals }: GroupedRead): string {
  const names = groups.map((_group, at) => `"g${at}"`)
  // The first group that totals leave out tells them from rows.
  const first = totals ? groups.findIndex((_group, at) => !totals.groups.includes(at)) : -1
  const isTotal = first < 0 ? '0' : `GROUPING("g${first}")`
  const sets = [names, ...(totals && first >= 0 ? [totals.groups.map((at) => `"g${at}"`)] : [])]
  const computed = measures.map((measure, at) => `${measureSql(measure, at)} AS "m${at}"`)
  const by = sets.map((set) => `(${set.join(', ')})`).join(', ')
  return `SELECT ${[...names, ...computed, `${isTotal} AS "total"`].join(', ')} FROM "source" GROUP BY GROUPING SETS (${by}) HAVING count(*) > 0`
}

/** Without a group that totals leave out, the rows are the totals, and all of them are read. */
function areTotals({ groups, totals }: Pick<GroupedRead, 'groups' | 'totals'>): boolean {
  return totals !== undefined && groups.length === totals.groups.length
}

function measureSql(measure: Measure, at: number): string {
  switch (measure.kind) {
    case 'count':
      return 'count(*)'
    case 'positive':
      return `count(*) FILTER (WHERE "v${at}")`
    case 'distinct':
      return `count(DISTINCT "v${at}")`
    case 'sum':
      return `round(coalesce(sum("v${at}"), 0))`
    default:
      return `${measure.kind}("v${at}")`
  }
}

function rowsSql({ groups, measures, sort = [], take, totals }: GroupedRead): string {
  const texts = [
    ...groups.map((_group, at) => `"g${at}"::text`),
    // As JSON, moments have their offset: the zone of the session does not matter.
    ...measures.map(({ kind }, at) =>
      kind === 'min' || kind === 'max' ? `to_json("m${at}") #>> '{}'` : `"m${at}"::text`,
    ),
  ]
  // With the table's name, because a bare name would be that of the text above, and not the value.
  const keys = sort.map((key) => {
    const name = 'group' in key ? `g${key.group}` : `m${key.measure}`
    return `"groups"."${name}"${key.descending ? ' DESC' : ''}`
  })
  const order = keys.length > 0 ? ` ORDER BY ${keys.join(', ')}` : ''
  const select = `SELECT "total", ${texts.join(', ')} FROM "groups"`
  const limit = take === undefined || areTotals({ groups, totals }) ? '' : ` LIMIT ${take}`
  const rows = `${select} WHERE "total" = 0${order}${limit}`
  if (!totals || areTotals({ groups, totals })) return rows
  const byUnit =
    totals.groups.length > 0 ? ` ORDER BY ${totals.groups.map((at) => `"groups"."g${at}"`).join(', ')}` : ''
  return `(${rows}) UNION ALL (${select} WHERE "total" <> 0${byUnit})`
}

type ReadMeasure = (text: string) => unknown

function measureReader(joined: JoinedTables, measure: Measure, zone: TimeZone): ReadMeasure {
  if (measure.kind === 'sum') return BigInt
  if (measure.kind !== 'min' && measure.kind !== 'max') return Number
  const { type } = joined.column(measure.path)
  if (type === 'DateTime') return (text) => momentIn(text, zone)
  if (type === 'BigInt') return BigInt
  return type === 'Int' ? Number : (text) => text
}

function rowsOf(read: GroupedRead, readers: readonly ReadMeasure[], found: readonly Values[]): GroupedRows {
  const rows: GroupedRow[] = []
  const totals: GroupedRow[] = []
  for (const [total, ...values] of found) {
    const texts = values.map((value) => (value === null ? null : String(value)))
    const groups = texts.splice(0, read.groups.length)
    const measures = texts.map((text, at) => (text === null ? null : readers[at]?.(text)))
    ;(Number(total) === 0 ? rows : totals).push({ groups, measures })
  }
  return { rows: rows.slice(0, read.take), totals: areTotals(read) ? rows : totals }
}
