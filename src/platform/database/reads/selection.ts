import type { Row } from '../data-model.ts'
import { fieldsOf, type RelationField } from '../data-model.ts'
import { RowRange } from './row-range.ts'
import { type ReadRow, type ReadValue, rowReader, selectedAlone, selectedInJson, valueReader } from './row-reader.ts'
import { plainObject, type StatementParts, type Table, unsupported } from './statement-parts.ts'
import { linkSql } from './where-sql.ts'

/** The SQL of a value: as an item of a JSON array, and as a column. */
interface Column {
  inJson: string
  alone: string
}

/** https://www.postgresql.org/docs/current/limits.html: function arguments. */
const maxArguments = 100

/**
 * The values read of each row. Rows of to-one relations are joined, and their values follow the row's own. Lists and
 * counts are sub-selects. A list is one JSON array of arrays, because names would be sent and parsed for every row, and
 * the driver takes longer for columns than JSON.parse does. One row is cheaper as columns, and so are rows with lists, which
 * PostgreSQL would copy from one JSON into another.
 */
export class Selection {
  readonly #parts: StatementParts
  readonly #table: Table
  readonly #columns: Column[] = []
  #joins = ''
  #isFlat = true
  #hasLists = false
  /** Makes a row from its columns. */
  readonly row: ReadRow
  /** Makes a row from its JSON array. */
  readonly #itemOfList: ReadRow
  /** The columns of the table itself that the selection needs. */
  readonly #needed: readonly string[]

  constructor(parts: StatementParts, table: Table, select: unknown) {
    this.#parts = parts
    this.#table = table
    this.row = this.#row(table, select)
    this.#itemOfList = this.#columns.length > maxArguments ? (values) => this.row(values.flat()) : this.row
    this.#needed = table.named
  }

  /** Whether it has lists below its rows. */
  get hasLists(): boolean {
    return this.#hasLists
  }

  columnsSql(range: RowRange): string {
    const columns = this.#columns.map(({ alone }, at) => `${alone} AS "c${at}"`)
    return `SELECT ${columns.join(', ')} FROM ${this.#rowsOf(range)}`
  }

  /** One column with the array of all rows in the range; null where there are none. */
  jsonSql(range: RowRange): string {
    return `SELECT json_agg("row") FROM (SELECT ${this.#array()} AS "row" FROM ${this.#rowsOf(range)}) AS "rows"`
  }

  rows(answer: unknown): Row[] {
    return Array.isArray(answer) ? answer.map(this.#itemOfList) : []
  }

  #array(): string {
    const columns = this.#columns.map(({ inJson }) => inJson)
    if (columns.length <= maxArguments) return arrayOf(columns)
    return arrayOf(
      Array.from({ length: Math.ceil(columns.length / maxArguments) }, () => arrayOf(columns.splice(0, maxArguments))),
    )
  }

  /** Limits the page before anything is joined to its rows, so that nothing is read for other rows. */
  #rowsOf(range: RowRange): string {
    const { alias, from } = this.#table
    if (range.isOne && (this.#isFlat || range.limit === '')) return `${from}${this.#joins}${range.text}`
    const columns = new Set([...this.#needed, ...range.sorted])
    return `(${range.rowsSql([...columns].join(', '), from)}) AS ${alias}${this.#joins}${range.sorting}`
  }

  #row(table: Table, select: unknown): ReadRow {
    const selected = Object.entries(plainObject(select)).filter(([, value]) => value !== false)
    if (selected.length === 0) return unsupported()
    return rowReader(selected.map(([name, value]) => [name, this.#selected(table, name, value)]))
  }

  #selected(table: Table, name: string, selected: unknown): ReadValue {
    if (name === '_count') return this.#counts(table, selected)
    const field = fieldsOf(table.model).get(name) ?? unsupported()
    if (field.kind === 'relation') {
      return field.isList ? this.#list(table, field, selected) : this.#one(table, field, selected)
    }
    if (selected !== true) return unsupported()
    const column = table.column(name)
    const at = this.#at(selectedInJson(field, column), selectedAlone(field, column))
    return valueReader(field, at, this.#parts.zone)
  }

  /** Returns the position of the expression's value in the row. */
  #at(inJson: string, alone = inJson): number {
    return this.#columns.push({ inJson, alone }) - 1
  }

  #list(table: Table, field: RelationField, selected: unknown): ReadValue {
    this.#isFlat = false
    this.#hasLists = true
    const { select, ...args } = plainObject(selected)
    const below = this.#parts.table(field.model)
    const selection = new Selection(this.#parts, below, select)
    const range = new RowRange(this.#parts, below, args, linkSql(table, field, below))
    const at = this.#at(`(${selection.jsonSql(range)})`)
    return (values) => selection.rows(values[at])
  }

  #one(table: Table, field: RelationField, selected: unknown): ReadValue {
    const { select, ...others } = plainObject(selected)
    if (Object.keys(others).length > 0) return unsupported()
    this.#isFlat = false
    const below = this.#parts.table(field.model)
    this.#joins += ` LEFT JOIN ${below.from} ON ${linkSql(table, field, below)}`
    const isThere = field.isRequired ? undefined : this.#at(`${below.column(field.link?.there[0] ?? '')} IS NOT NULL`)
    const readRow = this.#row(below, select)
    if (isThere === undefined) return readRow
    return (values) => (values[isThere] ? readRow(values) : null)
  }

  #counts(table: Table, selected: unknown): ReadValue {
    this.#isFlat = false
    const counted = Object.entries(plainObject(plainObject(selected).select)).filter(([, count]) => count !== false)
    if (counted.length === 0) return unsupported()
    return rowReader(
      counted.map(([name, count]) => {
        const at = this.#at(this.#count(table, name, count))
        return [name, (values) => Number(values[at])]
      }),
    )
  }

  #count(table: Table, name: string, count: unknown): string {
    const field = fieldsOf(table.model).get(name)
    if (field?.kind !== 'relation') return unsupported()
    const below = this.#parts.table(field.model)
    const link = linkSql(table, field, below)
    const range = new RowRange(this.#parts, below, count === true ? {} : { where: plainObject(count).where }, link)
    return `(SELECT count(*) FROM ${below.from}${range.text})`
  }
}

function arrayOf(columns: readonly string[]): string {
  return `json_build_array(${columns.join(', ')})`
}
