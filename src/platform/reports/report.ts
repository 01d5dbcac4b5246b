import type { InputRef } from '@pothos/core'
import type { GraphQLResolveInfo } from 'graphql'
import type PrismaTypes from '../../generated/pothos-types.ts'
import type { Rule } from '../auth/rule.ts'
import type { Context } from '../context.ts'
import type { Model } from '../database/data-model.ts'
import { isUnknownTimeZone } from '../database/failure.ts'
import type { Expression } from '../database/reads/expression.ts'
import type { GroupedRead, GroupedRow } from '../database/reads/grouped-read.ts'
import { clientError } from '../errors.ts'
import { builder } from '../graphql/builder.ts'
import { SortDirection } from '../graphql/connection.ts'
import { selects } from '../graphql/selection.ts'
import { denied } from '../graphql/shield.ts'
import { ReportPlan, type ReportWords, reportLimits } from './report-plan.ts'
import { ReportRow, ShownObjects } from './report-row.ts'
import type { Dimension, Measure, rowsOf } from './vocabulary.ts'

interface ReportOptions<M extends Model, Filter> {
  /** The field: `salesReport`. */
  name: string
  /** The rows that are grouped: `rowsOf('Thing')`. */
  of: Pick<ReturnType<typeof rowsOf<M>>, 'model'>
  description: string
  auth: Rule
  filter?: {
    type: InputRef<Filter>
    description: string
    where: (filter: Filter, context: Context) => PrismaTypes[M]['Where'][]
  }
  /** The condition of every row, beside the filter. */
  where?: (filter: Filter | undefined) => PrismaTypes[M]['Where'][]
  /** Only rows with a number above zero. */
  above?: Expression
  by: Readonly<Record<string, Dimension>>
  /** The dimension that is the unit of amounts: rows are grouped by it too, so that no two units are added. */
  unit?: string
  measures: Readonly<Record<string, Measure>>
}

interface ReportArguments<Filter> {
  by: readonly string[]
  measures: readonly string[]
  filter?: Filter | null
  sort?: { field: string; direction: 'ASC' | 'DESC' } | null
  first: number
  timeZone?: string | null
  at?: Date | null
}

/** The cost of a report. Each of its rows adds 1, and each object that a row shows its own cost; measures add nothing. */
const reportCost = 100

/**
 * Declares a report: a field of the query that groups the rows that the viewer sees, in one statement. Its words are the
 * names of enum values, and, in camel case, of the fields of its rows.
 */
export function report<M extends Model, Filter = never>(options: ReportOptions<M, Filter>): void {
  const { name } = options
  checkWords(options)
  const words: ReportWords = {
    model: options.of.model,
    dimensions: new Map(Object.entries(options.by)),
    measures: new Map(Object.entries(options.measures)),
    unit: options.unit,
    above: options.above,
  }
  const type = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`
  const result = reportType(type, reportRow(type, words))
  const args = reportArguments(type, options)
  const read = async (given: ReportArguments<Filter>, context: Context, info: GraphQLResolveInfo) => {
    const { filter, timeZone, at, sort } = given
    const withRows = selects(info, ['rows']) || selects(info, ['hasMore'])
    const clock = { zone: timeZone ?? 'UTC', at: at ?? new Date() }
    const plan = new ReportPlan(words, { ...given, sort: sort ?? undefined, clock })
    for (const { auth } of plan.named) {
      if (auth && !auth.allows(context.viewer)) throw denied(auth, undefined, given, context, info)
    }
    const conditions = [
      ...(options.where?.(filter ?? undefined) ?? []),
      ...(filter && options.filter ? options.filter.where(filter, context) : []),
    ]
    // Totals alone need no groups.
    const asked = withRows ? plan : new ReportPlan(words, { ...given, by: [], sort: undefined, clock })
    const { rows, totals } = await reportOf(context, asked.read({ AND: conditions }, selects(info, ['totals'])))
    const shown = rows.slice(0, given.first)
    return { rows: rowsFrom(asked, shown), totals: rowsFrom(asked, totals), hasMore: rows.length > given.first }
  }
  builder.queryField(name, (t) =>
    t.field({
      type: result,
      // A report that is denied or fails does not remove its neighbours.
      nullable: true,
      description: `${options.description} ${bounds}`,
      auth: options.auth,
      cost: reportCost,
      extensions: { pageSize: reportLimits },
      args,
      // TypeScript cannot follow the arguments, some of which depend on the dimensions.
      resolve: (_root, given, context, info) => read(given as unknown as ReportArguments<Filter>, context, info),
    }),
  )
}

function checkWords<M extends Model, Filter>({ name, by, unit, measures }: ReportOptions<M, Filter>): void {
  const twice = Object.keys(by).find((word) => Object.hasOwn(measures, word))
  if (twice !== undefined) throw new Error(`${name} has ${twice} as a dimension and as a measure`)
  if (unit !== undefined && !Object.hasOwn(by, unit)) throw new Error(`${name} has no dimension ${unit} for its unit`)
  const amount = Object.keys(measures).find((word) => measures[word]?.isAmount)
  if (unit === undefined && amount !== undefined) throw new Error(`${name} has the amount ${amount} and no unit`)
}

const bounds = `Shows the first ${reportLimits.fallback} rows unless \`first\` says otherwise, and says whether there are more.`

async function reportOf({ db }: Context, read: GroupedRead) {
  try {
    return await db.$report(read)
  } catch (error) {
    // Each side has its own version of the time zone database.
    if (!isUnknownTimeZone(error)) throw error
    throw clientError('BAD_USER_INPUT', 'The database does not know this time zone; give another name of it.')
  }
}

function reportType(name: string, row: ReturnType<typeof reportRow>) {
  const ref = builder.objectRef<{ rows: ReportRow[]; totals: ReportRow[]; hasMore: boolean }>(name)
  return ref.implement({
    description: 'A report.',
    fields: (t) => ({
      rows: t.field({ type: [row], description: 'A row for each group.', resolve: ({ rows }) => rows }),
      totals: t.field({
        type: [row],
        listSize: 1,
        description:
          'The measures of everything that matches the filter, not only of the rows shown: one row, or one for each ' +
          'currency; none where nothing matches. What is in two groups counts once.',
        resolve: ({ totals }) => totals,
      }),
      hasMore: t.boolean({ description: 'Whether there are more rows than shown.', resolve: ({ hasMore }) => hasMore }),
    }),
  })
}

function reportRow(name: string, { dimensions, measures }: ReportWords) {
  const ref = builder.objectRef<ReportRow>(`${name}Row`)
  return ref.implement({
    description: 'One group, with its measures. What was not asked for is null.',
    fields: (t) => {
      const ofDimensions = [...dimensions].map(([word, { type, description, auth, model }]) => {
        const shared = { type, nullable: true as const, auth, description }
        const field = model
          ? t.field({
              ...shared,
              resolve: (row, _args, context, info) => row.object(word, model, context, info) as never,
            })
          : t.field({ ...shared, resolve: (row) => row.values.get(word) as never })
        return [fieldName(word), field] as const
      })
      const ofMeasures = [...measures].map(([word, { type, description, auth, isAmount }]) => {
        const resolve = (row: ReportRow) => row.values.get(word) as never
        return [
          fieldName(word),
          t.field({ type, nullable: true, auth, ...(isAmount ? { cost: 0 } : {}), description, resolve }),
        ] as const
      })
      return Object.fromEntries([...ofDimensions, ...ofMeasures])
    },
  })
}

function reportArguments<M extends Model, Filter>(
  name: string,
  { by, measures, unit, filter }: ReportOptions<M, Filter>,
) {
  const enumOf = (suffix: string, description: string, words: Readonly<Record<string, { description: string }>>) => {
    const values = Object.entries(words).map(([word, { description: said }]) => [word, { description: said }] as const)
    return builder.enumType(`${name}${suffix}`, { description, values: Object.fromEntries(values) })
  }
  const dimension = enumOf('Dimension', 'What the rows of this report can be grouped by.', by)
  const measure = enumOf('Measure', 'What this report can compute.', measures)
  const field = enumOf('SortField', 'What the rows of this report can be sorted by.', { ...by, ...measures })
  const sort = builder.inputType(`${name}Sort`, {
    description:
      'An order of rows. Equal rows are sorted by the dimensions.' +
      (unit ? ' Amounts are compared within their currency, one currency after the other.' : ''),
    fields: (t) => ({
      field: t.field({ type: field, required: true, description: 'What to sort by; it is in `by` or `measures`.' }),
      direction: t.field({
        type: SortDirection,
        required: true,
        defaultValue: 'ASC',
        description: 'Which end comes first.',
      }),
    }),
  })
  const needs = Object.values(by).flatMap((each) => each.needs)
  return builder.args((t) => ({
    by: t.field({
      type: [dimension],
      required: true,
      defaultValue: [],
      description: 'What to group by, each once; without it there is one group.',
    }),
    measures: t.field({ type: [measure], required: true, description: 'What to compute, each once.' }),
    ...(filter ? { filter: t.field({ type: filter.type, description: filter.description }) } : {}),
    sort: t.field({ type: sort, description: 'The order of the rows; unless given, that of the dimensions.' }),
    first: t.int({
      required: true,
      defaultValue: reportLimits.fallback,
      description: `The most rows: 0 to ${reportLimits.most}.`,
    }),
    ...(needs.includes('zone')
      ? {
          timeZone: t.field({
            type: 'TimeZone',
            required: true,
            defaultValue: 'UTC',
            description: 'Where days begin.',
          }),
        }
      : {}),
    ...(needs.includes('at')
      ? { at: t.field({ type: 'DateTime', description: 'When ages are counted from; unless given, now.' }) }
      : {}),
  }))
}

function rowsFrom(plan: ReportPlan, rows: readonly GroupedRow[]): ReportRow[] {
  const values = rows.map((row) => plan.valuesOf(row))
  const objects = new ShownObjects(values)
  return values.map((each) => new ReportRow(each, objects))
}

/** `SHIP_COUNTRY` is the field `shipCountry`. */
function fieldName(word: string): string {
  return word.toLowerCase().replace(/_(\w)/g, (_match, letter: string) => letter.toUpperCase())
}
