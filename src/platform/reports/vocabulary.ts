import { getRefFromModel } from '@pothos/plugin-prisma'
import type PrismaTypes from '../../generated/pothos-types.ts'
import type { Rule } from '../auth/rule.ts'
import type { Model } from '../database/data-model.ts'
import type { Expression } from '../database/reads/expression.ts'
import type { CalendarUnit, Group, Measure as GroupMeasure } from '../database/reads/grouped-read.ts'
import type { OutputType } from '../graphql/aggregate.ts'
import { builder } from '../graphql/builder.ts'

/** What ages and calendar days are counted with. */
export interface ReportClock {
  zone: string
  at: Date
}

interface Described {
  description: string
  /** Who may group by it, or compute it. */
  auth?: Rule
}

/** What rows can be grouped by: a value of the `by` argument and a field of the rows. */
export interface Dimension extends Described {
  readonly type: OutputType
  readonly group: (clock: ReportClock) => Group
  /** What rows are sorted by in its place. Each of its values has one. */
  readonly sortedBy?: Group
  /** The model whose row the field shows. */
  readonly model?: Model
  readonly needs: readonly (keyof ReportClock)[]
  readonly read: (text: string) => unknown
}

/** What can be computed: a value of the `measures` argument and a field of the rows. */
export interface Measure extends Described {
  readonly type: OutputType
  readonly measure: GroupMeasure
  /** Whether it is an amount of the report's unit. */
  readonly isAmount: boolean
  readonly read: (value: unknown, unit: string) => unknown
}

type Shape<M extends Model> = PrismaTypes[M]['Shape']
type FieldTo<M extends Model, Value> = {
  [F in keyof Shape<M> & string]: Exclude<Shape<M>[F], null> extends Value ? F : never
}[keyof Shape<M> & string]
type ToOne<M extends Model> = Exclude<keyof PrismaTypes[M]['Relations'], PrismaTypes[M]['ListRelations']> & string
type Target<M extends Model, R> = R extends keyof PrismaTypes[M]['Relations']
  ? PrismaTypes[M]['Relations'][R] extends { Name: infer Name extends Model }
    ? Name
    : never
  : never

/** A field of a row, or of one that at most two to-one relations lead to: `quantity`, `item.group.name`. */
export type PathTo<M extends Model, Value, Steps extends 0[] = [0, 0]> =
  | FieldTo<M, Value>
  | (Steps extends [0, ...infer Fewer extends 0[]]
      ? { [R in ToOne<M>]: `${R}.${PathTo<Target<M, R>, Value, Fewer>}` }[ToOne<M>]
      : never)

/** An age, as the range of days that it is in. */
const DayRange = builder.objectRef<{ firstDay: number; lastDay: number | null }>('DayRange').implement({
  description: 'A range of days, both ends included.',
  fields: (t) => ({
    firstDay: t.exposeInt('firstDay', { description: 'The first.' }),
    lastDay: t.int({
      nullable: true,
      description: 'The last; null where it is open.',
      resolve: ({ lastDay }) => lastDay,
    }),
  }),
})

const calendarForms: Record<CalendarUnit, string> = {
  DAY: '`2026-11-29`',
  MONTH: '`2026-11`',
  QUARTER: '`2026-Q4`',
  YEAR: '`2026`',
}

export const times = (...of: [Expression, Expression]): Expression => ({ kind: 'times', of })
export const plus = (...of: [Expression, Expression]): Expression => ({ kind: 'plus', of })
export const minus = (...of: [Expression, Expression]): Expression => ({ kind: 'minus', of })
/** To a whole number, half away from zero. */
export const rounded = (of: Expression): Expression => ({ kind: 'rounded', of })
/** A decimal number in digits: `10000`, `0.0001`. */
export const constant = (value: string): Expression => ({ kind: 'constant', value })

/** The words in which a report of these rows is declared: what rows are grouped by, and what is computed. */
export function rowsOf<M extends Model>(model: M) {
  const asItIs = { needs: [], read: (text: string) => text }
  return {
    model,

    /** A number of the row, for expressions. */
    number: (path: PathTo<M, number | bigint>): Expression => ({ kind: 'field', path }),

    /** A text or an enum value of the row. */
    value: (path: PathTo<M, string>, type: OutputType, words: Described): Dimension => {
      return { ...asItIs, ...words, type, group: () => ({ kind: 'value', path }) }
    },

    /** A row that the path has the key of, sorted by a text. Each viewer sees it through its own row policy. */
    object: (target: Model, path: PathTo<M, string>, words: Described & { sortedBy: PathTo<M, string> }): Dimension => {
      const sortedBy: Group = { kind: 'value', path: words.sortedBy }
      const type = getRefFromModel(target, builder)
      return { ...asItIs, ...words, type, model: target, sortedBy, group: () => ({ kind: 'value', path }) }
    },

    /** The day, month, quarter or year of a moment (a column with time zone). */
    calendar: (unit: CalendarUnit, path: PathTo<M, Date>, { description, ...words }: Described): Dimension => ({
      ...asItIs,
      ...words,
      description: `${description} In the time zone of \`timeZone\`, as ${calendarForms[unit]}.`,
      type: 'String',
      needs: ['zone'],
      group: ({ zone }) => ({ kind: 'calendar', path, unit, zone }),
    }),

    /** Days since a moment, in ranges: `limits` are the last days of all but the open one. */
    age: (path: PathTo<M, Date>, limits: readonly number[], words: Described): Dimension => ({
      ...words,
      type: DayRange,
      needs: ['zone', 'at'],
      group: ({ zone, at }) => ({ kind: 'age', path, limits, zone, at }),
      read: (text) => {
        const firstDay = Number(text)
        return { firstDay, lastDay: limits.find((limit) => limit >= firstDay) ?? null }
      },
    }),

    /** How many rows there are. */
    count: (words: Described): Measure => integer({ kind: 'count' }, words),
    /** How many rows have a number above zero. */
    countAbove: (of: Expression, words: Described): Measure => integer({ kind: 'positive', of }, words),
    /** How many different values there are. */
    distinct: (path: PathTo<M, string>, words: Described): Measure => integer({ kind: 'distinct', path }, words),
    /** A sum of whole numbers. */
    sum: (of: Expression, words: Described): Measure => integer({ kind: 'sum', of }, words),

    /** A sum of the report's unit. `of` makes the value of its type. */
    amount: <Value>(
      of: Expression,
      { type, make }: { type: OutputType; make: (sum: bigint, unit: string) => Value },
      words: Described,
    ): Measure => ({
      ...words,
      type,
      measure: { kind: 'sum', of },
      isAmount: true,
      read: (sum, unit) => (typeof sum === 'bigint' ? make(sum, unit) : null),
    }),
  }
}

function integer(measure: GroupMeasure, words: Described): Measure {
  return { ...words, type: 'Int', measure, isAmount: false, read: Number }
}
