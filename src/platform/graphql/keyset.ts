import { Prisma } from '../../generated/prisma/client.ts'
import type { Cursors, Position, SortValue } from '../context.ts'
import { keyFieldsOf, type Model, type Row } from '../database/data-model.ts'
import { clientError } from '../errors.ts'

export type Direction = 'ASC' | 'DESC'

export interface Sort {
  name: string
  columns: readonly string[]
  /** Whether the columns alone are unique, so that the order needs no key. */
  unique: boolean
  /** At which end of the list the nulls of the first column stand; undefined where it has none. */
  nulls: 'first' | 'last' | undefined
}

export interface PageArguments {
  first?: number | null
  last?: number | null
  after?: string | null
  before?: string | null
  sort?: { field: string; direction: Direction } | null
}

interface KeysetOptions {
  list: Model
  sort: Sort
  direction: Direction
  page: PageArguments
  cursors: Cursors
  limits?: PageLimits
}

interface PageLimits {
  /** The size of a page whose arguments name none. */
  readonly fallback: number
  readonly most: number
}

export const pageLimits: PageLimits = { fallback: 20, most: 100 }
/** Exports read lists as a whole. */
export const noPageLimits: PageLimits = { fallback: Number.POSITIVE_INFINITY, most: Number.POSITIVE_INFINITY }

/**
 * Keyset pagination: a page begins after a position, and not after a number of rows. Page 1,000 costs what page 1
 * costs, and rows that come or go shift nothing. One row more than the page is read, to know whether there are more.
 */
export class KeysetPlan {
  /** Columns that together are unique. */
  readonly #columns: readonly string[]
  readonly #direction: Direction
  readonly #nulls: Sort['nulls']
  readonly #size: number
  readonly #backwards: boolean
  readonly #after: Position | undefined
  readonly #before: Position | undefined
  readonly #cursors: Cursors
  /** The list and sort that a cursor is valid for. */
  readonly #purpose: string

  constructor({ list, sort, direction, page, cursors, limits = pageLimits }: KeysetOptions) {
    const { columns, unique, nulls } = sort
    this.#nulls = nulls
    this.#columns =
      unique && nulls === undefined
        ? columns
        : [...columns, ...keyFieldsOf(list).filter((field) => !columns.includes(field))]
    this.#direction = direction
    this.#cursors = cursors
    this.#purpose = `${list} ${sort.name} ${direction}`
    this.#size = pageSize(page, limits)
    this.#backwards = page.last != null
    this.#after = page.after == null ? undefined : cursors.decode(this.#purpose, page.after)
    this.#before = page.before == null ? undefined : cursors.decode(this.#purpose, page.before)
  }

  /** The part of a Prisma query that selects this page of the rows that match the filter. */
  query(filter: object[]): { where: object; orderBy: object[]; take?: number } {
    const order = this.#backwards === (this.#direction === 'ASC') ? 'desc' : 'asc'
    const { conditions, nulls } =
      this.#nulls === undefined
        ? { conditions: this.#between(this.#after, this.#before, false) }
        : this.#withNulls(order)
    const [first = '', ...others] = this.#columns
    return {
      where: { AND: [...filter, ...conditions] },
      orderBy: [
        { [first]: nulls === undefined ? order : { sort: order, nulls } },
        ...others.map((column) => ({ [column]: order })),
      ],
      ...(Number.isFinite(this.#size) && { take: this.#size + 1 }),
    }
  }

  /**
   * The rows without a value and those with one are two parts of the list. An index has both in the order that the list
   * has them in, or in the other: a page that lies in one part needs only that, and one in both is read from both, as
   * reads/row-range.ts does. `nulls` is undefined where the order of an ascending index is right.
   */
  #withNulls(order: 'asc' | 'desc'): { conditions: object[]; nulls?: 'first' | 'last' } {
    const first = (this.#nulls === 'first') !== this.#backwards
    const isWhole = !this.#after && !this.#before
    if (isWhole && first === (order === 'desc')) return { conditions: [] }
    const parts = [first, !first].map((ofNulls) => this.#part(ofNulls)).filter((part) => part !== undefined)
    const [only, ...others] = parts
    if (!only) return { conditions: this.#none() }
    if (others.length === 0) return { conditions: only }
    return { conditions: [{ OR: parts.map((AND) => ({ AND })) }], nulls: first ? 'first' : 'last' }
  }

  /** The conditions of the rows of the page with a value, or without one; undefined where the page cannot have any. */
  #part(ofNulls: boolean): object[] | undefined {
    const isFirst = ofNulls === (this.#nulls === 'first')
    const isElsewhere = (position: Position | undefined) => position && (position[0] === null) !== ofNulls
    // What lies behind a position in the last part is no row of the first, and the other way round.
    if (isElsewhere(isFirst ? this.#after : this.#before)) return undefined
    const own = (position: Position | undefined) => (isElsewhere(position) ? undefined : position)
    const [column = ''] = this.#columns
    return [
      { [column]: ofNulls ? null : { not: null } },
      ...this.#between(own(this.#after), own(this.#before), ofNulls),
    ]
  }

  #none(): object[] {
    const [column = ''] = this.#columns
    return [{ [column]: null }, { [column]: { not: null } }]
  }

  #between(after: Position | undefined, before: Position | undefined, ofNulls: boolean): object[] {
    return [...this.#beyond(after, false, ofNulls), ...this.#beyond(before, true, ofNulls)]
  }

  /** The columns that the page itself needs: those of its cursors, where the document asks for them. */
  columns(withCursors: boolean): Record<string, true> {
    return withCursors ? Object.fromEntries(this.#columns.map((column) => [column, true])) : {}
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
    return this.#cursors.encode(
      this.#purpose,
      this.#columns.map((column) => sortValue(row[column])),
    )
  }

  /** Rows without a value in the first column differ in the others. */
  #beyond(position: Position | undefined, before: boolean, ofNulls: boolean): object[] {
    if (!position) return []
    const than = before === (this.#direction === 'ASC') ? 'lt' : 'gt'
    const bounds = this.#columns.map((column, at) => [column, position[at]] as const)
    return beyond(ofNulls ? bounds.slice(1) : bounds, than)
  }
}

/**
 * `a >= x AND (a > x OR …)`, where the dots stand for the same of the columns behind `a`. reads/keyset.ts turns this form
 * into a row comparison, and its first half alone lets an index find the start.
 */
function beyond(bounds: readonly (readonly [column: string, value: unknown])[], than: 'lt' | 'gt'): object[] {
  const [[column, value] = ['', undefined], ...others] = bounds
  const strictly = { [column]: { [than]: value } }
  if (others.length === 0) return [strictly]
  const ties = beyond(others, than)
  return [{ [column]: { [`${than}e`]: value } }, { OR: [strictly, ties.length === 1 ? ties[0] : { AND: ties }] }]
}

function pageSize({ first, last }: PageArguments, { fallback, most }: PageLimits): number {
  if (first != null && last != null) {
    throw clientError('INVALID_PAGE_SIZE', 'Give `first` or `last`, not both: one page is read from one end.')
  }
  const size = first ?? last ?? fallback
  if (size < 0 || size > most) {
    throw clientError(
      'INVALID_PAGE_SIZE',
      Number.isFinite(most)
        ? `\`first\` and \`last\` go from 0 to ${most}; ${size} was asked for.`
        : '`first` and `last` are not below 0.',
    )
  }
  return size
}

function sortValue(value: unknown): SortValue {
  if (value === null || value instanceof Date || Prisma.Decimal.isDecimal(value)) return value
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') return value
  if (typeof value === 'boolean') return value
  throw new Error('a sort column must be selected')
}
