import { fieldsOf, keyOf, type RelationField } from '../data-model.ts'
import { plainObject, type StatementParts, type Table, unsupported } from './statement-parts.ts'
import { linkSql, whereSql } from './where-sql.ts'

/** The rows that a read returns: its WHERE, ORDER BY and LIMIT. Reads with the same selection differ only in this. */
export class RowRange {
  readonly where: string
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
    let where: string | undefined
    let orderBy: unknown
    let take: unknown
    for (const [name, value] of Object.entries(args)) {
      if (name === 'where') where = whereSql(parts, table, value)
      else if (name === 'orderBy') orderBy = value
      else if (name === 'take') take = value
      else unsupported()
    }
    const conditions = [extra, where].filter((condition) => condition !== undefined)
    this.where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : ''
    // As Prisma does: a limited read without an order is ordered by the key.
    const order = orderBy ?? (take === undefined ? [] : { [keyOf(table.model) ?? '']: 'asc' })
    const keys = (Array.isArray(order) ? order : [order]).map((one) => sortKeyOf(parts, table, one))
    this.sorted = keys.map(({ column }) => column)
    this.sorting = keys.length > 0 ? ` ORDER BY ${keys.map(({ value, end }) => `${value} ${end}`).join(', ')}` : ''
    // A literal: for a parameter PostgreSQL assumes a tenth of all rows, finds that plan dear, and plans every call anew.
    this.limit = take === undefined ? '' : ` LIMIT ${sizeOf(take)}`
    const skewed = parts.skewed.slice(skewedBefore)
    this.dependsOnValues =
      take !== undefined && extra === undefined && skewed.some((column) => column !== this.sorted[0])
  }

  get text(): string {
    return `${this.where}${this.sorting}${this.limit}`
  }
}

interface SortKey {
  value: string
  end: 'ASC' | 'DESC'
  /** The column of this table that the sort needs. */
  column: string
}

function sortKeyOf(parts: StatementParts, table: Table, order: unknown): SortKey {
  const [[name, direction] = unsupported(), ...others] = Object.entries(plainObject(order))
  const field = fieldsOf(table.model).get(name)
  if (field?.kind === 'relation')
    return others.length > 0 ? unsupported() : sortKeyBeyond(parts, table, field, direction)
  if (others.length > 0 || (direction !== 'asc' && direction !== 'desc')) return unsupported()
  const column = table.column(name)
  return { value: column, end: direction === 'asc' ? 'ASC' : 'DESC', column }
}

/** Sorts by a value of the row that a to-one relation leads to. */
function sortKeyBeyond(parts: StatementParts, table: Table, field: RelationField, order: unknown): SortKey {
  if (field.isList) return unsupported()
  const below = parts.table(field.model)
  const { value, end } = sortKeyOf(parts, below, order)
  const row = `SELECT ${value} FROM ${below.from} WHERE ${linkSql(table, field, below)}`
  return { value: `(${row})`, end, column: table.column(field.link?.here ?? '') }
}

function sizeOf(take: unknown): string {
  return Number.isSafeInteger(take) && Number(take) > 0 ? String(take) : unsupported()
}
