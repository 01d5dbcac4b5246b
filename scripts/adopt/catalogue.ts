import type pg from 'pg'
import { z } from 'zod'
import {
  columnsStatement,
  constraintsStatement,
  enumsStatement,
  indexesStatement,
  serverStatement,
  tablesStatement,
} from './catalogue-statements.ts'

const kinds = ['table', 'partitioned table', 'view', 'materialized view', 'foreign table'] as const
const actions = ['NoAction', 'Restrict', 'Cascade', 'SetNull', 'SetDefault'] as const

const serverRow = z.object({ version: z.number(), database: z.string(), role: z.string() })

const ownRow = z.object({
  schema: z.string(),
  name: z.string(),
  kind: z.enum(kinds),
  comment: z.string().nullable(),
  /** Whether the role may read it, or some of its columns. */
  isReadable: z.boolean(),
  hasRowSecurity: z.boolean(),
})

const tableRow = ownRow.extend({
  oid: z.string(),
  /** How many rows PostgreSQL believes it has: 0 where nobody has counted yet. */
  estimate: z.number(),
})

const column = z.object({
  name: z.string(),
  isRequired: z.boolean(),
  /** As SQL writes it, below a domain: `character varying(40)`. */
  type: z.string(),
  domain: z.string().nullable(),
  domainChecks: z.array(z.object({ name: z.string(), expression: z.string() })),
  /** The name of the type below domains and arrays: `varchar`. */
  base: z.string(),
  baseSchema: z.string(),
  baseKind: z.string(),
  isList: z.boolean(),
  /** Declared as lists of lists, which PostgreSQL does not enforce. */
  hasDimensions: z.boolean(),
  isGenerated: z.boolean(),
  identity: z.enum(['always', 'by default']).nullable(),
  default: z.string().nullable(),
  comment: z.string().nullable(),
  isReadable: z.boolean(),
})

/** Object numbers are other ones in each copy of a database, so nothing but the reading knows them. */
const columnRow = column.extend({ table: z.string(), baseOid: z.string() })

const constraintRow = z.object({
  table: z.string(),
  name: z.string(),
  kind: z.enum(['p', 'u', 'f', 'c']),
  columns: z.array(z.string()),
  toColumns: z.array(z.string()),
  toName: z.string().nullable(),
  toSchema: z.string().nullable(),
  onDelete: z.enum(actions),
  onUpdate: z.enum(actions),
  check: z.string().nullable(),
})

const index = z.object({
  name: z.string(),
  method: z.string(),
  isUnique: z.boolean(),
  /** Of a partial index. */
  condition: z.string().nullable(),
  /** In order; null stands for an expression. */
  columns: z.array(z.string().nullable()),
  operatorClasses: z.array(z.string()),
})

const indexRow = index.extend({ table: z.string() })

export const enumType = z.object({
  schema: z.string(),
  name: z.string(),
  comment: z.string().nullable(),
  labels: z.array(z.string()),
})

const constraint = z.object({ name: z.string(), columns: z.array(z.string()) })

const foreignKey = constraint.extend({
  to: z.object({ schema: z.string(), name: z.string(), columns: z.array(z.string()) }),
  onDelete: z.enum(actions),
  onUpdate: z.enum(actions),
})

/** A table or view, by its names in PostgreSQL. */
export const table = ownRow.extend({
  columns: z.array(column),
  /** The columns of the primary key, in its order. */
  key: z.array(z.string()).optional(),
  uniques: z.array(constraint),
  foreignKeys: z.array(foreignKey),
  checks: z.array(constraint.extend({ expression: z.string() })),
  indexes: z.array(index),
})

export type Column = z.infer<typeof column>
export type Enum = z.infer<typeof enumType>
export type ForeignKey = z.infer<typeof foreignKey>
export type Table = z.infer<typeof table>

export interface Catalogue {
  server: z.infer<typeof serverRow>
  /** Of every schema, also those that were not asked for. */
  schemas: { name: string; tables: number }[]
  tables: (Table & { estimate: number })[]
  enums: Enum[]
}

/** What an adoption is asked for. Tables are named like `artist` or `sales.artist`. */
export interface Wanted {
  /** The schemas to read, in the order in which their tables get names. */
  schemas: readonly string[]
  /** Where not all tables are wanted. */
  tables?: readonly string[]
  /** The tables whose rows are written, or `all`. */
  writes?: readonly string[]
}

/** What defaults, conditions and types are written with. */
const settings = [
  "statement_timeout = '60s'",
  "lock_timeout = '60s'",
  'search_path = pg_catalog',
  'quote_all_identifiers = off',
  "DateStyle = 'ISO, MDY'",
  'IntervalStyle = postgres',
  'extra_float_digits = 1',
  "TimeZone = 'UTC'",
]

/**
 * Runs reads of the catalogue in one transaction that cannot write. Every name is qualified and every setting on which a
 * text depends is set here, so that the settings of role and database change nothing.
 */
export async function inCatalogueSession<T>(client: pg.Client, reads: () => Promise<T>): Promise<T> {
  await client.query('begin transaction isolation level repeatable read, read only')
  try {
    for (const setting of settings) await client.query(`set local ${setting}`)
    return await reads()
  } finally {
    await client.query('rollback')
  }
}

type Progress = (message: string) => void

/** Reads what a database has. */
export function readCatalogue(client: pg.Client, wanted: Wanted, onProgress: Progress = () => {}): Promise<Catalogue> {
  return inCatalogueSession(client, () => read(client, wanted, onProgress))
}

async function read(client: pg.Client, wanted: Wanted, onProgress: Progress): Promise<Catalogue> {
  const rowsOf = async <T>(row: z.ZodType<T>, statement: string, values?: unknown[]): Promise<T[]> =>
    z.array(row).parse((await client.query(statement, values)).rows)

  const [server] = z.tuple([serverRow]).parse(await rowsOf(serverRow, serverStatement))
  if (server.version < oldestVersion) throw new Error(tooOld(server.version))
  const all = await rowsOf(tableRow, tablesStatement)
  const found = wanted.schemas.flatMap((schema) =>
    all.filter((table) => table.schema === schema && isWanted(table, wanted)),
  )
  onProgress(`reading ${found.length} tables and views of ${all.length}`)
  const oids = [found.map(({ oid }) => oid)]
  const columns = await rowsOf(columnRow, columnsStatement, oids)
  const constraints = await rowsOf(constraintRow, constraintsStatement, oids)
  const indexes = await rowsOf(indexRow, indexesStatement, oids)
  onProgress(`read ${columns.length} columns, ${constraints.length} constraints and ${indexes.length} indexes`)
  const enumOids = columns.filter(({ baseKind }) => baseKind === 'e').map(({ baseOid }) => baseOid)
  const parts = {
    columns: Map.groupBy(columns, ({ table }) => table),
    constraints: Map.groupBy(constraints, ({ table }) => table),
    indexes: Map.groupBy(indexes, ({ table }) => table),
  }
  return {
    server,
    schemas: [...Map.groupBy(all, ({ schema }) => schema)].map(([name, { length }]) => ({ name, tables: length })),
    tables: found.map(({ oid, ...table }) => ({ ...table, ...tableParts(oid, parts) })),
    enums: await rowsOf(enumType, enumsStatement, [enumOids]),
  }
}

type Parts = {
  columns: Map<string, z.infer<typeof columnRow>[]>
  constraints: Map<string, z.infer<typeof constraintRow>[]>
  indexes: Map<string, z.infer<typeof indexRow>[]>
}

function tableParts(oid: string, { columns, constraints, indexes }: Parts) {
  const own = constraints.get(oid) ?? []
  const ofKind = (kind: string) => own.filter((constraint) => constraint.kind === kind)
  return {
    columns: (columns.get(oid) ?? []).map(({ table: _, baseOid: __, ...column }) => column),
    key: ofKind('p')[0]?.columns,
    uniques: ofKind('u').map(({ name, columns }) => ({ name, columns })),
    foreignKeys: ofKind('f').map(({ name, columns, toSchema, toName, toColumns, onDelete, onUpdate }) => {
      return {
        name,
        columns,
        to: { schema: toSchema ?? '', name: toName ?? '', columns: toColumns },
        onDelete,
        onUpdate,
      }
    }),
    checks: ofKind('c').map(({ name, columns, check }) => ({ name, columns, expression: check ?? '' })),
    indexes: (indexes.get(oid) ?? []).map(({ table: _, ...index }) => index),
  }
}

/** https://www.postgresql.org/docs/current/sql-createtable.html: 12 was the first with generated columns. */
const oldestVersion = 120_000

function tooOld(version: number): string {
  return `The server is PostgreSQL ${Math.floor(version / 10_000)}, which is too old: the oldest supported version is 12.`
}

function isWanted({ schema, name }: { schema: string; name: string }, { tables }: Wanted): boolean {
  return tables === undefined || tables.includes(name) || tables.includes(`${schema}.${name}`)
}
