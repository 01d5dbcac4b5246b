import type { Catalogue, Column, Table } from './catalogue.ts'
import { isShown, valueTypeOf } from './value-types.ts'

/** A model of a table that another system owns, as the project has it. */
export interface ServedTable {
  /** The name in the models: `Artist`. */
  model: string
  schema: string
  table: string
  fields: readonly ServedColumn[]
  /** Columns. */
  key: readonly string[]
  /** Columns of each index that the model names. */
  indexes: readonly (readonly string[])[]
}

interface ServedColumn {
  name: string
  column: string
  /** Prisma's scalar, or `enum`. */
  type: string
  isList: boolean
  isRequired: boolean
}

/** What the owner of the tables changed, in the names of the models. */
export interface Differences {
  /** Reads of these fail. */
  breaks: string[]
  /** Sorts and filters over these become slow. */
  slow: string[]
  /** Is there, and not served. */
  unserved: string[]
}

export function compareTables(served: readonly ServedTable[], { tables }: Catalogue): Differences {
  const isOf = (table: Table) => (model: ServedTable) => model.schema === table.schema && model.table === table.name
  const unserved = tables.filter((table) => !served.some(isOf(table)))
  const parts = served.map((model) => {
    const table = tables.find((each) => isOf(each)(model))
    return table ? differencesIn(model, table) : { breaks: [goneTable(model, unserved)], slow: [], unserved: [] }
  })
  return {
    breaks: parts.flatMap(({ breaks }) => breaks),
    slow: parts.flatMap(({ slow }) => slow),
    unserved: [
      ...parts.flatMap((part) => part.unserved),
      ...unserved.map(({ kind, schema, name }) => `the ${kind} ${schema}.${name}`),
    ],
  }
}

function goneTable({ model, schema, table, fields }: ServedTable, unserved: readonly Table[]): string {
  const alike = unserved.filter(({ columns }) =>
    fields.every(({ column }) => columns.some(({ name }) => name === column)),
  )
  const renamed = alike.length === 1 && alike[0] ? `; perhaps it is ${alike[0].schema}.${alike[0].name} now` : ''
  return `${model}: there is no ${schema}.${table}${renamed}`
}

function differencesIn(model: ServedTable, table: Table): Differences {
  const added = table.columns.filter(({ name }) => !model.fields.some(({ column }) => column === name))
  const changed = model.fields.flatMap((field) => changeOf(field, table, added))
  return {
    breaks: [...changed.map((change) => `${model.model}.${change}`), ...lostKey(model, table)],
    slow: model.indexes
      .filter((columns) => !isIndexed(table, columns))
      .map((columns) => `${model.model}: by ${columns.map((column) => fieldAt(model, column)).join(', ')}`),
    unserved: added.map(({ name, type }) => `the column ${name} of ${model.model}, which is ${type}`),
  }
}

function changeOf(field: ServedColumn, { columns }: Table, added: readonly Column[]): string[] {
  const column = columns.find(({ name }) => name === field.column)
  if (!column) {
    const alike = added.filter((each) => isAs(field, each))
    const renamed = alike.length === 1 ? `; perhaps it is ${alike[0]?.name} now` : ''
    return [`${field.name}: there is no column ${field.column}${renamed}`]
  }
  if (!isAs(field, column))
    return [
      `${field.name}: the column ${field.column} is ${column.type} now, not ${said(field)}${keptAs(field, column)}`,
    ]
  if (field.isRequired && !field.isList && !column.isRequired)
    return [`${field.name}: the column ${field.column} can be null now, and the model says that it is not`]
  return []
}

function isAs({ type, isList }: ServedColumn, column: Column): boolean {
  const value = valueTypeOf(column, () => 'enum')
  return isShown(value) && value.prisma === type && value.isList === isList
}

/** How the model keeps the type that clients know, where it can. */
function keptAs({ type, isList }: ServedColumn, { base, isList: areSeveral }: Column): string {
  return type === 'Int' && base === 'int8' && !isList && !areSeveral
    ? '; with /// @column bigint before it, it stays an Int'
    : ''
}

function said({ type, isList }: ServedColumn): string {
  return isList ? `a list of ${type}` : type
}

function lostKey({ model, key }: ServedTable, table: Table): string[] {
  if (key.length === 0 || table.kind !== 'table') return []
  const unique = [table.key ?? [], ...table.uniques.map(({ columns }) => columns)]
  const indexes = table.indexes.filter(({ isUnique, condition }) => isUnique && condition === null)
  const found = [...unique, ...indexes.map(({ columns }) => columns)].some(
    (columns) => columns.length === key.length && key.every((column) => columns.includes(column)),
  )
  return found ? [] : [`${model}: nothing keeps ${key.join(', ')} unique any more, which identifies its rows`]
}

/** Whether an index begins with these columns. */
function isIndexed({ indexes }: Table, wanted: readonly string[]): boolean {
  return indexes.some(
    ({ columns, condition }) => condition === null && wanted.every((column, at) => columns[at] === column),
  )
}

function fieldAt({ fields }: ServedTable, column: string): string {
  return fields.find((field) => field.column === column)?.name ?? column
}

/** For people. Undefined where everything is as the models say. */
export function saidDifferences({ breaks, slow, unserved }: Differences): string | undefined {
  const parts = [
    breaks.length > 0 && `What fails now (change the models, then: npm run generate):\n${listed(breaks)}`,
    slow.length > 0 && `Without an index now, so sorts and filters are slow:\n${listed(slow)}`,
    unserved.length > 0 && `There, and not served:\n${listed(unserved)}`,
  ].filter((part) => part !== false)
  return parts.length === 0 ? undefined : parts.join('\n\n')
}

function listed(lines: readonly string[]): string {
  return lines.map((line) => `  - ${line}`).join('\n')
}
