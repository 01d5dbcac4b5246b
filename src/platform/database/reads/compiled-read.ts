import type { Row } from '../data-model.ts'
import { type DataField, fieldsOf, type Model } from '../data-model.ts'
import { Selection } from './selection.ts'
import { plainObject, StatementParts, type Table, Unsupported, unsupported } from './statement-parts.ts'
import { Tail } from './tail.ts'

/** A read as one statement: where two differ in their values only, they have one text. */
export interface CompiledRead<Result> {
  readonly sql: string
  readonly values: readonly unknown[]
  /** Of the one value of the one row that the statement answers with. */
  readonly result: (answer: unknown) => Result
}

export type RowsOperation = 'findMany' | 'findFirst' | 'findUnique'

/** The rows that Prisma gives for these arguments; undefined where they hold anything that is not understood. */
export function compileRows(model: Model, operation: RowsOperation, args: object): CompiledRead<Row[]> | undefined {
  return understood(() => {
    const { select, ...tail } = plainObject(args)
    return selectionOf(model, select).read(operation === 'findMany' ? tail : tailOfOne(model, operation, tail))
  })
}

/** How many rows there are. */
export function compileCount(model: Model, args: object): CompiledRead<number> | undefined {
  return understood(() => {
    const { where = {}, ...others } = plainObject(args)
    if (Object.keys(others).length > 0) return unsupported()
    const parts = new StatementParts()
    const table = parts.table(model)
    const tail = new Tail(parts, table, { where })
    return { sql: `SELECT COUNT(*) FROM ${table.from}${tail.text}`, values: parts.values, result: Number }
  })
}

function tailOfOne(model: Model, operation: 'findFirst' | 'findUnique', tail: Record<string, unknown>): object {
  if ('take' in tail) return unsupported()
  if (operation === 'findFirst') return { orderBy: [], ...tail, take: 1 }
  const { where, ...others } = tail
  const names = Object.entries(plainObject(where)).filter(([name, value]) => isName(fieldsOf(model).get(name), value))
  return names.length > 0 && Object.keys(others).length === 0 ? tail : unsupported()
}

/** Whether one row at most has this value. */
function isName(field: DataField | undefined, value: unknown): boolean {
  return field !== undefined && field.kind !== 'relation' && field.isUnique && typeof value !== 'object'
}

function understood<Result>(compile: () => Result): Result | undefined {
  try {
    return compile()
  } catch (error) {
    if (error instanceof Unsupported) return undefined
    throw error
  }
}

/** So many statements are kept for each selection. */
const maxTails = 100

/** What a `select` comes to, whichever rows it is read of. */
class RootSelection {
  readonly model: Model
  readonly #parts = new StatementParts()
  readonly #table: Table
  readonly #selection: Selection
  readonly #texts = new Map<string, string>()

  constructor(model: Model, select: unknown) {
    this.model = model
    this.#table = this.#parts.table(model)
    this.#selection = new Selection(this.#parts, this.#table, select)
  }

  read(args: object): CompiledRead<Row[]> {
    const parts = new StatementParts(this.#parts)
    const tail = new Tail(parts, this.#table, args)
    const values = parts.values.length === 0 ? this.#parts.values : [...this.#parts.values, ...parts.values]
    return { sql: this.#text(tail), values, result: (answer) => this.#selection.rows(answer) }
  }

  #text(tail: Tail): string {
    const key = tail.text
    const known = this.#texts.get(key)
    if (known !== undefined) return known
    if (this.#texts.size >= maxTails) this.#texts.clear()
    const text = this.#selection.sql(tail)
    this.#texts.set(key, text)
    return text
  }
}

/** By the very `select` that was given: whoever asks for the same again hands in the same. */
const selections = new WeakMap<object, RootSelection>()

function selectionOf(model: Model, select: unknown): RootSelection {
  const object = plainObject(select)
  const known = selections.get(object)
  if (known?.model === model) return known
  const selection = new RootSelection(model, object)
  selections.set(object, selection)
  return selection
}
