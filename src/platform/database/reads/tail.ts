import { fieldsOf, keyOf } from '../data-model.ts'
import { isPlainObject, notUnderstood, type StatementParts, type Table } from './statement-parts.ts'
import { whereSql } from './where-sql.ts'

/** Which rows of a table, in which order, how many: what differs between reads that select the same of each row. */
export class Tail {
  readonly where: string
  readonly order: string
  readonly limit: string
  /** The columns it is sorted by. */
  readonly sorted: readonly string[]

  /** `given` is a condition beside that of the arguments. */
  constructor(parts: StatementParts, table: Table, args: object, given?: string) {
    let where: string | undefined
    let orderBy: unknown
    let take: unknown
    for (const [name, value] of Object.entries(args)) {
      if (name === 'where') where = whereSql(parts, table, value)
      else if (name === 'orderBy') orderBy = value
      else if (name === 'take') take = value
      else notUnderstood()
    }
    const conditions = [given, where].filter((condition) => condition !== undefined)
    this.where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : ''
    // Prisma's own: a page of rows is one of rows in some order.
    const order = orderOf(table, orderBy ?? (take === undefined ? [] : { [keyOf(table.model) ?? '']: 'asc' }))
    this.sorted = order.map(({ column }) => column)
    this.order = order.length > 0 ? ` ORDER BY ${order.map(({ column, end }) => `${column} ${end}`).join(', ')}` : ''
    this.limit = take === undefined ? '' : ` LIMIT ${parts.parameter(sizeOf(take))}`
  }

  get text(): string {
    return `${this.where}${this.order}${this.limit}`
  }
}

function orderOf(table: Table, orderBy: unknown): { column: string; end: 'ASC' | 'DESC' }[] {
  return (Array.isArray(orderBy) ? orderBy : [orderBy]).map((order) => {
    const entries = isPlainObject(order) ? Object.entries(order) : []
    const [name, direction] = entries.length === 1 ? (entries[0] ?? []) : []
    if (name === undefined || fieldsOf(table.model).get(name)?.kind === 'relation') return notUnderstood()
    if (direction !== 'asc' && direction !== 'desc') return notUnderstood()
    return { column: table.column(name), end: direction === 'asc' ? 'ASC' : 'DESC' }
  })
}

function sizeOf(take: unknown): string {
  return Number.isSafeInteger(take) && Number(take) > 0 ? String(take) : notUnderstood()
}
