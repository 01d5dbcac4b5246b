import type { Row } from '../data-model.ts'
import { type DataField, fieldsOf, keyFieldsOf, type Model } from '../data-model.ts'
import type { TimeZone } from '../time-zone.ts'
import { RowRange } from './row-range.ts'
import type { Values } from './row-reader.ts'
import { Selection } from './selection.ts'
import { isPlainObject, plainObject, StatementParts, type Table, Unsupported, unsupported } from './statement-parts.ts'

/** A read as one statement. Reads that differ in values only have the same text. */
export interface CompiledRead<Result> {
  readonly sql: string
  readonly values: readonly unknown[]
  /** See RowRange. */
  readonly dependsOnValues: boolean
  /** Reads the rows of the statement, each an array of values, and makes the result. */
  readonly result: (rows: RowsAs) => Promise<Result>
}

/** Reads rows, and makes an item of each. */
type RowsAs = <Item>(itemOf: (values: Values) => Item) => Promise<Item[]>

/** What a statement without rows below has in the only column of its only row. */
async function onlyValue(rows: RowsAs): Promise<unknown> {
  const [value] = await rows(([value]) => value)
  return value
}

/** How many rows travel: as rows of columns, or as one JSON array, which costs PostgreSQL more and the driver less. */
export type RowForm = 'columns' | 'json'

export type RowsOperation = 'findMany' | 'findFirst' | 'findUnique'

/**
 * The read of these arguments, with the rows that Prisma would return; undefined for arguments that are not supported.
 */
export function compileRows(
  model: Model,
  operation: RowsOperation,
  args: object,
  { form, zone }: { form: RowForm; zone: TimeZone },
): CompiledRead<Row[]> | undefined {
  return understood(() => {
    const { select, ...range } = plainObject(args)
    const selection = selectionOf(model, select, zone)
    return operation === 'findMany'
      ? selection.read(range, form)
      : selection.read(rangeOfOne(model, operation, range), 'columns')
  })
}

/** The count of these arguments. */
export function compileCount(model: Model, args: object, zone: TimeZone): CompiledRead<number> | undefined {
  return understood(() => {
    const { where = {}, ...others } = plainObject(args)
    if (Object.keys(others).length > 0) return unsupported()
    const parts = new StatementParts(zone)
    const table = parts.table(model)
    const range = new RowRange(parts, table, { where })
    const { text, dependsOnValues } = range
    const sql = `SELECT COUNT(*) FROM ${table.from}${text}`
    return { sql, values: parts.values, dependsOnValues, result: async (rows) => Number(await onlyValue(rows)) }
  })
}

function rangeOfOne(model: Model, operation: 'findFirst' | 'findUnique', range: Record<string, unknown>): object {
  if ('take' in range) return unsupported()
  if (operation === 'findFirst') return { orderBy: [], ...range, take: 1 }
  const { where, ...others } = range
  if (Object.keys(others).length > 0) return unsupported()
  const conditions = Object.entries(plainObject(where))
  if (conditions.some(([name, value]) => isName(fieldsOf(model).get(name), value))) return range
  // Prisma names a key of several fields as one: `{ a_b: { a, b } }`.
  const [key, ...rest] = conditions.filter(([, value]) => isKeyOf(model, value))
  if (!key || rest.length > 0) return unsupported()
  return {
    where: { ...Object.fromEntries(conditions.filter((condition) => condition !== key)), ...plainObject(key[1]) },
  }
}

function isKeyOf(model: Model, value: unknown): boolean {
  const fields = keyFieldsOf(model)
  if (fields.length < 2 || !isPlainObject(value)) return false
  return Object.keys(value).length === fields.length && fields.every((field) => Object.hasOwn(value, field))
}

/** Whether at most one row has this value. */
function isName(field: DataField | undefined, value: unknown): boolean {
  return field !== undefined && field.kind !== 'relation' && field.isUnique && !isPlainObject(value) && value !== null
}

function understood<Result>(compile: () => Result): Result | undefined {
  try {
    return compile()
  } catch (error) {
    if (error instanceof Unsupported) return undefined
    throw error
  }
}

/** The number of statements stored for each selection. */
const maxRanges = 100

/** What a `select` compiles to, independent of the rows. */
class RootSelection {
  readonly model: Model
  readonly zone: TimeZone
  readonly #parts: StatementParts
  readonly #table: Table
  readonly #selection: Selection
  readonly #texts = new Map<string, string>()

  constructor(model: Model, select: unknown, zone: TimeZone) {
    this.model = model
    this.zone = zone
    this.#parts = new StatementParts(zone)
    this.#table = this.#parts.table(model)
    this.#selection = new Selection(this.#parts, this.#table, select)
  }

  read(args: object, form: RowForm): CompiledRead<Row[]> {
    return form === 'columns' || this.#selection.hasLists ? this.#inColumns(args) : this.#inJson(args)
  }

  #inColumns(args: object): CompiledRead<Row[]> {
    return {
      ...this.#statement(args, 'columns', (range) => this.#selection.columnsSql(range)),
      result: (rows) => rows(this.#selection.row),
    }
  }

  #inJson(args: object): CompiledRead<Row[]> {
    return {
      ...this.#statement(args, 'json', (range) => this.#selection.jsonSql(range)),
      result: async (rows) => this.#selection.rows(await onlyValue(rows)),
    }
  }

  #statement(args: object, form: 'columns' | 'json', sqlOf: (range: RowRange) => string) {
    const parts = new StatementParts(this.zone, this.#parts)
    const range = new RowRange(parts, this.#table, args)
    const values = parts.values.length === 0 ? this.#parts.values : [...this.#parts.values, ...parts.values]
    const { text, dependsOnValues } = range
    return { sql: this.#text(`${form}${text}`, () => sqlOf(range)), values, dependsOnValues }
  }

  #text(key: string, make: () => string): string {
    const known = this.#texts.get(key)
    if (known !== undefined) return known
    if (this.#texts.size >= maxRanges) this.#texts.clear()
    const text = make()
    this.#texts.set(key, text)
    return text
  }
}

/** By the `select` object itself: compiled operations pass the same object again. */
const selections = new WeakMap<object, RootSelection>()

function selectionOf(model: Model, select: unknown, zone: TimeZone): RootSelection {
  const object = plainObject(select)
  const known = selections.get(object)
  if (known?.model === model && known.zone === zone) return known
  const selection = new RootSelection(model, object, zone)
  selections.set(object, selection)
  return selection
}
