import type { OutputType as OutputTypeOf } from '@pothos/core'
import type { GraphQLResolveInfo } from 'graphql'
import type PrismaTypes from '../../generated/pothos-types.ts'
import type { Context, LoaderDefinition, Loaders } from '../context.ts'
import type { Model } from '../database/data-model.ts'
import type { GroupedRow, Measure } from '../database/reads/grouped-read.ts'
import { textOf, whereAmong } from '../database/row-key.ts'
import { builder } from './builder.ts'
import { selects } from './selection.ts'

/**
 * The type of a field: a scalar by its name, or a type of the builder.
 * @public
 */
export type OutputType = OutputTypeOf<typeof builder.$inferSchemaTypes>

type Shape<M extends Model> = PrismaTypes[M]['Shape']
type MeasuredField<M extends Model> = {
  [F in keyof Shape<M> & string]: Exclude<Shape<M>[F], null> extends number | bigint | Date ? F : never
}[keyof Shape<M> & string]

/** A column whose sum, smallest and largest value a list shows. */
export interface AggregatedColumn<M extends Model> {
  column: MeasuredField<M>
  type: OutputType
  description: string
  /** Whether the sum says something. That of prices or moments does not. */
  isSummed?: true
  /** The column with the unit of an amount. Amounts of two units are never added or compared: there is one for each. */
  per?: keyof Shape<M> & string
  /** The amount of a unit. */
  make?: (value: bigint, unit: string) => unknown
}

export type AggregatedColumns<M extends Model> = Readonly<Record<string, AggregatedColumn<M>>>

const operations = ['sum', 'min', 'max'] as const
type Operation = (typeof operations)[number]

/** Reads these measures of a list's rows, a row for each unit. */
export type ReadGroups = (measures: readonly NamedMeasure[]) => Promise<readonly GroupedRow[]>

interface NamedMeasure {
  name: string
  measure: Measure
}

/** What `aggregate` of a list shows: the measures that the document asks for, a row for each unit. */
interface Aggregated {
  names: readonly string[]
  rows: readonly GroupedRow[]
}

const words: Record<Operation, string> = {
  sum: 'The sums of the values.',
  min: 'The smallest values; null or empty where the list is.',
  max: 'The largest values; null or empty where the list is.',
}

/** The `aggregate` field of a connection: one statement for what the document asks for, and none unless it does. */
export function aggregateOf<M extends Model>(model: M, columns: AggregatedColumns<M>) {
  const [unit, ...others] = new Set(Object.values(columns).flatMap(({ per }) => per ?? []))
  if (others.length > 0) throw new Error(`${model} lists have amounts of two kinds of units`)
  const entries = Object.entries(columns)
  const summed = entries.filter(([, { isSummed }]) => isSummed)
  const sums = summed.length > 0 ? valuesType(`${model}Sums`, 'Sums over a list.', summed) : undefined
  const extremes = valuesType(`${model}Extremes`, 'The smallest or largest values in a list.', entries)
  const type = builder.objectRef<Aggregated>(`${model}Aggregate`).implement({
    description: `Figures of a whole list of ${model} objects, not only of its page.`,
    fields: (t) => {
      const part = (operation: Operation, ref: typeof extremes) =>
        t.field({
          type: ref,
          cost: 0,
          description: words[operation],
          resolve: (aggregated) => new Values(aggregated, operation),
        })
      return {
        count: t.int({ description: 'How many there are.', resolve: (aggregated) => countIn(aggregated) }),
        ...(sums ? { sum: part('sum', sums) } : {}),
        min: part('min', extremes),
        max: part('max', extremes),
      }
    },
  })
  const asked = (info: GraphQLResolveInfo): NamedMeasure[] => [
    { name: 'count', measure: { kind: 'count' } },
    ...operations.flatMap((operation) =>
      entries
        .filter(([name, { isSummed }]) => (operation !== 'sum' || isSummed) && selects(info, [operation, name]))
        .map(([name, { column }]) => ({ name: `${operation} ${name}`, measure: measureOf(operation, column) })),
    ),
  ]
  return {
    type,
    /** The column that the rows of one list are grouped by. */
    unit,
    read: async (read: ReadGroups, info: GraphQLResolveInfo): Promise<Aggregated> => {
      const measures = asked(info)
      return { names: measures.map(({ name }) => name), rows: await read(measures) }
    },
  }
}

function measureOf(operation: Operation, column: string): Measure {
  return operation === 'sum' ? { kind: 'sum', of: { kind: 'field', path: column } } : { kind: operation, path: column }
}

function valuesType<M extends Model>(name: string, description: string, entries: [string, AggregatedColumn<M>][]) {
  return builder.objectRef<Values>(name).implement({
    description,
    fields: (t) =>
      Object.fromEntries(
        entries.map(([column, { type, description: said, per, make }]) => {
          if (per === undefined) {
            const resolve = (values: Values) => values.of(column) as never
            return [column, t.field({ type, nullable: true, description: said, resolve })] as const
          }
          const resolve = (values: Values) => values.perUnit(column, make) as never
          const shown = `${said} One for each unit, such as a currency.`
          const list = t.field({ type: [type], cost: 0, listSize: 1, description: shown, resolve })
          return [column, list] as const
        }),
      ),
  })
}

/** The sums, or the smallest or largest values, of the columns. */
class Values {
  readonly #aggregated: Aggregated
  readonly #operation: Operation

  constructor(aggregated: Aggregated, operation: Operation) {
    this.#aggregated = aggregated
    this.#operation = operation
  }

  /** One value for all units, in which it was read. */
  of(column: string): unknown {
    const values = this.#read(column).map(({ value }) => value)
    if (this.#operation === 'sum') return Number(values.reduce((sum: bigint, value) => sum + asBigInt(value), 0n))
    const compared = values.filter((value) => value !== null)
    return compared.reduce<unknown>(
      (best, value) => (best === null || this.#isBetter(value, best) ? value : best),
      null,
    )
  }

  perUnit(column: string, make: AggregatedColumn<Model>['make']): unknown[] {
    return this.#read(column).flatMap(({ value, unit }) => (make && value !== null ? make(asBigInt(value), unit) : []))
  }

  #read(column: string) {
    const at = this.#aggregated.names.indexOf(`${this.#operation} ${column}`)
    return this.#aggregated.rows.map(({ groups, measures }) => ({
      unit: groups.at(-1) ?? '',
      value: measures[at] ?? null,
    }))
  }

  #isBetter(value: unknown, than: unknown): boolean {
    const [one, other] = [asNumber(value), asNumber(than)]
    return this.#operation === 'min' ? one < other : one > other
  }
}

function asNumber(value: unknown): number | bigint {
  return typeof value === 'bigint' ? value : Number(value)
}

function asBigInt(value: unknown): bigint {
  return typeof value === 'bigint' || typeof value === 'number' ? BigInt(value) : 0n
}

function countIn({ rows }: Aggregated): number {
  return rows.reduce((count, { measures: [counted] }) => count + Number(counted), 0)
}

interface ListBelow {
  model: Model
  /** The fields that name the row above. */
  foreign: readonly string[]
  filter: readonly object[]
  /** The same for the same filter. */
  key: string
  unit: string | undefined
}

/** Reads the groups of the lists below all rows of a page in one statement. */
export function groupsBelow({ loaders }: Context, below: ListBelow, keyAbove: () => string): ReadGroups {
  return (measures) => loaders.load(definitionOf(loaders, below, measures), keyAbove())
}

const definitions = new WeakMap<Loaders, Map<string, LoaderDefinition<string, readonly GroupedRow[]>>>()

function definitionOf(loaders: Loaders, below: ListBelow, measures: readonly NamedMeasure[]) {
  const known = definitions.get(loaders) ?? new Map<string, LoaderDefinition<string, readonly GroupedRow[]>>()
  definitions.set(loaders, known)
  const { model, foreign, filter, key, unit } = below
  const name = JSON.stringify([model, foreign, key, measures.map((each) => each.name)])
  const made: LoaderDefinition<string, readonly GroupedRow[]> = known.get(name) ?? {
    fallback: [],
    batch: async (above, { db }) => {
      const { rows } = await db.$groups({
        model,
        where: { AND: [...filter, whereAmong(model, foreign, above)] },
        groups: [...foreign, ...unitPath(unit)].map((path) => ({ kind: 'value', path })),
        measures: measures.map(({ measure }) => measure),
        sort: unit === undefined ? [] : [{ group: foreign.length }],
      })
      return Map.groupBy(rows, ({ groups }) => textOf(groups.slice(0, foreign.length).map((text) => text ?? '')))
    },
  }
  known.set(name, made)
  return made
}

/** Reads the groups of a list at the root. */
export function groupsAtRoot(
  { db }: Context,
  model: Model,
  filter: readonly object[],
  unit: string | undefined,
): ReadGroups {
  return async (measures) => {
    const { rows } = await db.$groups({
      model,
      where: { AND: [...filter] },
      groups: unitPath(unit).map((path) => ({ kind: 'value', path })),
      measures: measures.map(({ measure }) => measure),
      sort: unit === undefined ? [] : [{ group: 0 }],
    })
    return rows
  }
}

function unitPath(unit: string | undefined): string[] {
  return unit === undefined ? [] : [unit]
}
