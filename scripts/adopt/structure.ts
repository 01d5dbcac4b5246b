import type pg from 'pg'
import { z } from 'zod'
import type { Table } from './catalogue.ts'
import { inCatalogueSession } from './catalogue.ts'
import {
  extensionsStatement,
  functionsStatement,
  oidsStatement,
  relationsStatement,
  sequencesStatement,
  tableConstraintsStatement,
  tableIndexesStatement,
  typesStatement,
} from './structure-statements.ts'

const extensionRow = z.object({ name: z.string(), schema: z.string() })
const typeRow = z.object({
  kind: z.enum(['e', 'd', 'c']),
  schema: z.string(),
  name: z.string(),
  labels: z.array(z.string()),
  attributes: z.array(z.string()),
  base: z.string().nullable(),
  checks: z.array(z.string()),
})
const functionRow = z.object({ oid: z.string(), schema: z.string(), definition: z.string() })
const sequenceRow = z.object({ name: z.string(), schema: z.string(), owner: z.string().nullable() })
const relationRow = z.object({
  oid: z.string(),
  kind: z.enum(['r', 'p', 'v', 'm', 'f']),
  schema: z.string(),
  name: z.string(),
  /** The name of the partition that takes every row. */
  rest: z.string(),
  partition: z.string().nullable(),
  query: z.string().nullable(),
  readsMore: z.boolean(),
  columns: z.array(z.string()),
})
const constraintRow = z.object({ table: z.string(), name: z.string(), definition: z.string() })
const indexRow = z.object({ definition: z.string(), table: z.string() })

type Relation = z.infer<typeof relationRow>

/** The file beside the models. */
export function structurePath(name: string): string {
  return `prisma/${name}.sql`
}

const heading = `-- The tables of another system without their rows, as \`npm run adopt\` found them: the tests make them in their databases.
-- Triggers, row security, and exclusion constraints are not here.`

/**
 * The statements that make these tables and views in another database, empty. A view that reads what is not among them is
 * a table there, and so is a foreign table.
 */
export async function readStructure(client: pg.Client, tables: readonly Table[]): Promise<string> {
  return inCatalogueSession(client, async () => {
    const named = [tables.map(({ schema }) => schema), tables.map(({ name }) => name)]
    const oids = z.array(z.object({ oid: z.string() })).parse((await client.query(oidsStatement, named)).rows)
    const rowsOf = async <T>(row: z.ZodType<T>, statement: string): Promise<T[]> =>
      z.array(row).parse((await client.query(statement, [oids.map(({ oid }) => oid)])).rows)
    const extensions = await rowsOf(extensionRow, extensionsStatement)
    const types = await rowsOf(typeRow, typesStatement)
    const functions = await rowsOf(functionRow, functionsStatement)
    const sequences = await rowsOf(sequenceRow, sequencesStatement)
    const relations = await rowsOf(relationRow, relationsStatement)
    const constraints = await rowsOf(constraintRow, tableConstraintsStatement)
    const indexes = await rowsOf(indexRow, tableIndexesStatement)
    const isTable = new Set(relations.filter(({ kind }) => kind === 'r' || kind === 'p').map(({ oid }) => oid))
    const indexLines = (ofTables: boolean) =>
      indexes
        .filter(({ table }) => isTable.has(table) === ofTables && !isStandIn(relations, table))
        .map(({ definition }) => definition.replace(' ON ONLY ', ' ON '))
    const statements = [
      ...schemasOf([...extensions, ...types, ...functions, ...sequences, ...relations]),
      ...extensions.map(({ name, schema }) => `create extension if not exists ${name} with schema ${schema}`),
      ...types.map(typeStatement),
      ...(functions.length > 0 ? ['set check_function_bodies = off'] : []),
      ...functions.map(({ definition }) => definition.trim()),
      ...sequences.map(({ name }) => `create sequence ${name}`),
      ...relations.filter((relation) => !isRealView(relation)).flatMap(tableStatements),
      ...sequences.flatMap(({ name, owner }) => (owner === null ? [] : [`alter sequence ${name} owned by ${owner}`])),
      ...constraints.map(({ table, name, definition }) => `alter table ${table} add constraint ${name} ${definition}`),
      ...indexLines(true),
      ...relations.filter(isRealView).map(viewStatement),
      ...indexLines(false),
    ]
    return `${heading}\n\n${statements.join(';\n\n')};\n`
  })
}

function schemasOf(parts: readonly { schema: string }[]): string[] {
  const names = [...new Set(parts.map(({ schema }) => schema))].filter((name) => name !== 'pg_catalog')
  return names.sort().map((name) => `create schema if not exists ${name}`)
}

function typeStatement({ kind, name, labels, attributes, base, checks }: z.infer<typeof typeRow>): string {
  if (kind === 'e') return `create type ${name} as enum (${labels.join(', ')})`
  if (kind === 'c') return `create type ${name} as (${attributes.join(', ')})`
  return [`create domain ${name} as ${base}`, ...checks].join('\n  ')
}

function isRealView({ kind, readsMore }: Relation): boolean {
  return (kind === 'v' || kind === 'm') && !readsMore
}

function isStandIn(relations: readonly Relation[], oid: string): boolean {
  const relation = relations.find((each) => each.oid === oid)
  return relation !== undefined && relation.kind !== 'r' && relation.kind !== 'p' && !isRealView(relation)
}

function tableStatements({ kind, schema, name, rest, partition, columns }: Relation): string[] {
  const table = `create table ${name} (\n  ${columns.join(',\n  ')}\n)`
  if (kind !== 'p' || partition === null) return [table]
  const takesAll = partition.startsWith('HASH') ? 'for values with (modulus 1, remainder 0)' : 'default'
  return [`${table} partition by ${partition}`, `create table ${schema}.${rest} partition of ${name} ${takesAll}`]
}

function viewStatement({ kind, name, query }: Relation): string {
  return `create ${kind === 'm' ? 'materialized view' : 'view'} ${name} as\n${query?.trim().replace(/;$/, '')}`
}
