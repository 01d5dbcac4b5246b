import type { Cursors, Position, SortValue } from '../context.ts'
import type { Row } from '../database/data-model.ts'
import { clientError } from '../errors.ts'

export type Direction = 'ASC' | 'DESC'

export interface Sort {
  name: string
  column: string
  /** Whether the column alone is unique, so that the order needs no id. */
  unique: boolean
}

export interface PageArguments {
  first?: number | null
  last?: number | null
  after?: string | null
  before?: string | null
  sort?: { field: string; direction: Direction } | null
}

interface KeysetOptions {
  list: string
  sort: Sort
  direction: Direction
  page: PageArguments
  cursors: Cursors
}

export const pageLimits = { fallback: 20, most: 100 } as const

/**
 * Keyset pagination: a page begins after a position, and not after a number of rows. Page 1,000 costs what page 1
 * costs, and rows that come or go shift nothing. One row more than the page is read, to know whether there are more.
 */
export class KeysetPlan {
  readonly #sort: Sort
  readonly #direction: Direction
  readonly #size: number
  readonly #backwards: boolean
  readonly #after: Position | undefined
  readonly #before: Position | undefined
  readonly #cursors: Cursors
  /** The list and sort that a cursor is valid for. */
  readonly #purpose: string

  constructor({ list, sort, direction, page, cursors }: KeysetOptions) {
    this.#sort = sort
    this.#direction = direction
    this.#cursors = cursors
    this.#purpose = `${list} ${sort.name} ${direction}`
    this.#size = pageSize(page)
    this.#backwards = page.last != null
    this.#after = page.after == null ? undefined : cursors.decode(this.#purpose, page.after)
    this.#before = page.before == null ? undefined : cursors.decode(this.#purpose, page.before)
  }

  /** The part of a Prisma query that selects this page of the rows that match the filter. */
  query(filter: object[]): { where: object; orderBy: object[]; take: number } {
    const order = this.#backwards === (this.#direction === 'ASC') ? 'desc' : 'asc'
    const { column, unique } = this.#sort
    return {
      where: { AND: [...filter, ...this.#beyond(this.#after, false), ...this.#beyond(this.#before, true)] },
      orderBy: unique ? [{ [column]: order }] : [{ [column]: order }, { id: order }],
      take: this.#size + 1,
    }
  }

  /** The columns that the page itself needs: those of its cursors, where the document asks for them. */
  columns(withCursors: boolean): Record<string, true> {
    return withCursors ? { id: true, [this.#sort.column]: true } : {}
  }

  /** The rows to show in the list's order, and whether there are rows before and after them. */
  page(found: Row[]): { rows: Row[]; hasNextPage: boolean; hasPreviousPage: boolean } {
    const more = found.length > this.#size
    const rows = more ? found.slice(0, this.#size) : found
    // No row is read on the far side: the cursor's row was there when the cursor was made.
    return this.#backwards
      ? { rows: rows.toReversed(), hasNextPage: this.#before !== undefined, hasPreviousPage: more }
      : { rows, hasNextPage: more, hasPreviousPage: this.#after !== undefined }
  }

  cursorOf(row: Row): string {
    return this.#cursors.encode(this.#purpose, { value: sortValue(row[this.#sort.column]), id: String(row.id) })
  }

  /**
   * `column >= value AND (column > value OR id > …)`. reads/keyset.ts turns this form into a row comparison, and its
   * first half alone lets an index find the start.
   */
  #beyond(position: Position | undefined, before: boolean): object[] {
    if (!position) return []
    const { column, unique } = this.#sort
    const than = before === (this.#direction === 'ASC') ? 'lt' : 'gt'
    const { value, id } = position
    if (unique) return [{ [column]: { [than]: value } }]
    return [{ [column]: { [`${than}e`]: value } }, { OR: [{ [column]: { [than]: value } }, { id: { [than]: id } }] }]
  }
}

function pageSize({ first, last }: PageArguments): number {
  if (first != null && last != null) {
    throw clientError('INVALID_PAGE_SIZE', 'Give `first` or `last`, not both: one page is read from one end.')
  }
  const size = first ?? last ?? pageLimits.fallback
  if (size < 0 || size > pageLimits.most) {
    throw clientError(
      'INVALID_PAGE_SIZE',
      `\`first\` and \`last\` go from 0 to ${pageLimits.most}; ${size} was asked for.`,
    )
  }
  return size
}

function sortValue(value: unknown): SortValue {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' || value instanceof Date) {
    return value
  }
  throw new Error('a sort column must be selected, and never null')
}
