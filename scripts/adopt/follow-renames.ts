import type { Adopted } from './adopted.ts'
import type { Column, ForeignKey, Table } from './catalogue.ts'
import type { KnownNoun } from './known-names.ts'
import { modelBlocks } from './model-blocks.ts'
import { physicalName } from './naming.ts'

type Place = Pick<Table, 'schema' | 'name'>

/** Where a model of the project finds its rows now. */
interface Followed {
  place: Place
  /** By the column as it was. */
  columns: ReadonlyMap<string, string>
}

/**
 * What was adopted, with the names that its tables and columns have by the models of the project: a person may have
 * followed the owner of the tables with `@@map` and `@map`. Otherwise a renamed table would be taken for a new one.
 */
export function followRenames(before: Adopted, models: string): Adopted {
  const { served, known, wanted } = before
  const followed = followedTables(before, models)
  const placeOf = (place: Place) => followed.get(physicalName(place))?.place ?? place
  const columnIn = (place: Place) => (column: string) =>
    followed.get(physicalName(place))?.columns.get(column) ?? column
  /** A table is asked for by its name, with or without its schema. */
  const askedName = (asked: string) => {
    const table = served.tables.find(({ schema, name }) => asked === name || asked === `${schema}.${name}`)
    if (!table) return asked
    const { schema, name } = placeOf(table)
    return asked === table.name ? name : `${schema}.${name}`
  }
  const tables = served.tables.map((table): Table => {
    const now = withColumns(table, columnIn(table))
    const foreignKeys = now.foreignKeys.map((key): ForeignKey => {
      return { ...key, to: { ...key.to, ...placeOf(key.to), columns: key.to.columns.map(columnIn(key.to)) } }
    })
    const { schema, name } = placeOf(table)
    return { ...now, schema, name, foreignKeys }
  })
  const nouns = served.tables.flatMap((table): [string, KnownNoun][] => {
    const noun = known.nouns.get(physicalName(table))
    if (!noun) return []
    const fields = new Map([...noun.fields].map(([column, field]) => [columnIn(table)(column), field]))
    return [[physicalName(placeOf(table)), { ...noun, fields }]]
  })
  return {
    ...before,
    wanted: {
      ...wanted,
      ...(wanted.tables && { tables: wanted.tables.map(askedName) }),
      ...(wanted.writes && { writes: wanted.writes.map(askedName) }),
    },
    served: { ...served, tables },
    known: { ...known, nouns: new Map(nouns) },
  }
}

/**
 * The tables that are found, in the order in which they were adopted, so that what is made of them is in the same order. New
 * ones stand before the first that the catalogue has behind them.
 */
export function inOrderOf<Found extends Place>(before: readonly Place[], found: readonly Found[]): Found[] {
  const places = new Map(before.map((table, at) => [physicalName(table), at]))
  const placeOf = (table: Place) => places.get(physicalName(table))
  const ordered = found
    .filter((table) => placeOf(table) !== undefined)
    .sort((one, other) => (placeOf(one) ?? 0) - (placeOf(other) ?? 0))
  const catalogued = new Map(found.map((table, at) => [table, at]))
  for (const [at, table] of found.entries()) {
    if (placeOf(table) !== undefined) continue
    const next = ordered.findIndex((other) => (catalogued.get(other) ?? 0) > at)
    ordered.splice(next < 0 ? ordered.length : next, 0, table)
  }
  return ordered
}

function followedTables({ served, known }: Adopted, models: string): Map<string, Followed> {
  const blocks = new Map(modelBlocks([models]).map(({ model, body }) => [model, body]))
  return new Map(
    served.tables.flatMap((table): [string, Followed][] => {
      const noun = known.nouns.get(physicalName(table))
      const body = noun && blocks.get(noun.model)
      if (!body) return []
      const place = {
        schema: textOf(/^ *@@schema\((".*")\)/m, body) ?? table.schema,
        name: textOf(/^ *@@map\((".*")\)/m, body) ?? noun.model,
      }
      return [[physicalName(table), { place, columns: followedColumns(table, noun, body) }]]
    }),
  )
}

/** A field that the models have no longer says nothing of its column. */
function followedColumns({ columns }: Table, { fields }: KnownNoun, body: string): Map<string, string> {
  return new Map(
    columns.flatMap(({ name }: Column) => {
      const field = fields.get(name)
      const line = field && new RegExp(`^ *${field} .*$`, 'm').exec(body)?.[0]
      return line ? [[name, textOf(/ @map\(("(?:[^"\\]|\\.)*")\)/, line) ?? field]] : []
    }),
  )
}

/** The string of Prisma's language that is found, which has the escapes of JSON. */
function textOf(pattern: RegExp, body: string): string | undefined {
  const text = pattern.exec(body)?.[1]
  return text === undefined ? undefined : String(JSON.parse(text))
}

function withColumns(table: Table, nameOf: (column: string) => string): Table {
  return {
    ...table,
    columns: table.columns.map((column) => ({ ...column, name: nameOf(column.name) })),
    ...(table.key && { key: table.key.map(nameOf) }),
    uniques: table.uniques.map((each) => ({ ...each, columns: each.columns.map(nameOf) })),
    checks: table.checks.map((each) => ({ ...each, columns: each.columns.map(nameOf) })),
    indexes: table.indexes.map((each) => ({
      ...each,
      columns: each.columns.map((column) => (column === null ? null : nameOf(column))),
    })),
    foreignKeys: table.foreignKeys.map((each) => ({ ...each, columns: each.columns.map(nameOf) })),
  }
}
