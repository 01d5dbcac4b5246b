import { fieldsOf, keyFieldsOf, type RelationField } from '../data-model.ts'
import { partsByNulls } from './nullable-sort.ts'
import { isPlainObject, plainObject, type StatementParts, type Table, unsupported } from './statement-parts.ts'
import { linkSql, whereSql } from './where-sql.ts'

/** The rows that a read returns: its WHERE, ORDER BY and LIMIT. Reads with the same selection differ only in this. */
export class RowRange {
  /** Two where no index has all rows in order: see nullable-sort.ts. */
  readonly #parts: readonly { where: string; sorting: string }[]
  readonly sorting: string
  readonly limit: string
  /** The columns of the ORDER BY. */
  readonly sorted: readonly string[]
  /**
   * Whether each call is planned with its values. The sort of a page has one index and a filter another, and which of
   * them is better depends on how many rows have the value: a plan made for other values may take 200 times as long.
   * Below a row, both are few.
   */
  readonly dependsOnValues: boolean

  /** `extra` is a condition beside those of the arguments. */
  constructor(parts: StatementParts, table: Table, args: object, extra?: string) {
    const skewedBefore = parts.skewed.length
    const { where, orderBy, take, ...others } = { where: {}, orderBy: undefined, take: undefined, ...args }
    if (Object.keys(others).length > 0) unsupported()
    const inParts = take === undefined ? undefined : partsByNulls(where, orderBy)
    const wheres = (inParts ?? [where]).map((part) => {
      const conditions = [extra, whereSql(parts, table, part)].filter((condition) => condition !== undefined)
      return conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : ''
    })
    // As Prisma does: a limited read without an order is ordered by the key.
    const order = orderBy ?? (take === undefined ? [] : keyFieldsOf(table.model).map((field) => ({ [field]: 'asc' })))
    const keys = (Array.isArray(order) ? order : [order]).map((one) => sortKeyOf(parts, table, one))
    this.sorted = keys.flatMap(({ columns }) => columns)
    this.sorting = sortingSql(keys)
    // A part has no nulls or nothing else, and the index has it in this order.
    const sorting = inParts ? sortingSql(keys.map((key) => ({ ...key, nulls: '' }))) : this.sorting
    this.#parts = wheres.map((where) => ({ where, sorting }))
    // A literal: for a parameter PostgreSQL assumes a tenth of all rows, finds that plan dear, and plans every call anew.
    this.limit = take === undefined ? '' : ` LIMIT ${sizeOf(take)}`
    const skewed = parts.skewed.slice(skewedBefore)
    this.dependsOnValues =
      take !== undefined && extra === undefined && skewed.some((column) => column !== this.sorted[0])
  }

  /** Whether the rows are those of one WHERE. */
  get isOne(): boolean {
    return this.#parts.length === 1
  }

  get text(): string {
    return this.#parts.map(({ where, sorting }) => `${where}${sorting}${this.limit}`).join(' UNION ALL')
  }

  /** The rows as a query. Of the second part it reads only what the first leaves of the limit. */
  rowsSql(columns: string, from: string): string {
    const [first = '', second] = this.#parts.map(({ where, sorting }) => {
      return `SELECT ${columns} FROM ${from}${where}${sorting}${this.limit}`
    })
    if (second === undefined) return first
    const rest = `SELECT * FROM (${second}) AS "second"${this.limit} - (SELECT count(*) FROM "first")`
    return `WITH "first" AS MATERIALIZED (${first}) SELECT * FROM "first" UNION ALL SELECT * FROM (${rest}) AS "rest"`
  }
}

interface SortKey {
  value: string
  end: 'ASC' | 'DESC'
  /** ` NULLS FIRST` or ` NULLS LAST`; empty where it is as PostgreSQL has it. */
  nulls: string
  /** The columns of this table that the sort needs. */
  columns: readonly string[]
}

function sortKeyOf(parts: StatementParts, table: Table, order: unknown): SortKey {
  const [[name, direction] = unsupported(), ...others] = Object.entries(plainObject(order))
  const field = fieldsOf(table.model).get(name)
  if (field?.kind === 'relation')
    return others.length > 0 ? unsupported() : sortKeyBeyond(parts, table, field, direction)
  if (others.length > 0) return unsupported()
  const column = table.column(name)
  if (!isPlainObject(direction)) return { value: column, end: endOf(direction), nulls: '', columns: [column] }
  const { sort, nulls, ...unknown } = direction
  if (Object.keys(unknown).length > 0 || (nulls !== 'first' && nulls !== 'last')) return unsupported()
  return {
    value: column,
    end: endOf(sort),
    nulls: nulls === 'first' ? ' NULLS FIRST' : ' NULLS LAST',
    columns: [column],
  }
}

/** Sorts by a value of the row that a to-one relation leads to. */
function sortKeyBeyond(parts: StatementParts, table: Table, field: RelationField, order: unknown): SortKey {
  if (field.isList) return unsupported()
  const below = parts.table(field.model)
  const { value, end, nulls } = sortKeyOf(parts, below, order)
  const row = `SELECT ${value} FROM ${below.from} WHERE ${linkSql(table, field, below)}`
  return { value: `(${row})`, end, nulls, columns: (field.link?.here ?? []).map((here) => table.column(here)) }
}

function endOf(sort: unknown): SortKey['end'] {
  if (sort !== 'asc' && sort !== 'desc') return unsupported()
  return sort === 'asc' ? 'ASC' : 'DESC'
}

function sortingSql(keys: readonly SortKey[]): string {
  return keys.length > 0 ? ` ORDER BY ${keys.map(({ value, end, nulls }) => `${value} ${end}${nulls}`).join(', ')}` : ''
}

function sizeOf(take: unknown): string {
  return Number.isSafeInteger(take) && Number(take) > 0 ? String(take) : unsupported()
}
