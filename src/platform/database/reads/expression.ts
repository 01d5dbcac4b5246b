import { fieldsOf, isLocalTime } from '../data-model.ts'
import { type StatementParts, type Table, unsupported } from './statement-parts.ts'
import { linkSql } from './where-sql.ts'

/** A number computed from the fields of a row, exactly: fields are named by paths over to-one relations. */
export type Expression =
  | { readonly kind: 'field'; readonly path: string }
  /** A decimal number: `10000`, `0.0001`. */
  | { readonly kind: 'constant'; readonly value: string }
  | { readonly kind: 'plus' | 'minus' | 'times'; readonly of: readonly [Expression, Expression] }
  /** To a whole number, half away from zero. */
  | { readonly kind: 'rounded'; readonly of: Expression }

const signs = { plus: '+', minus: '-', times: '*' } as const
const decimal = /^-?\d+(\.\d+)?$/

/** The tables of one statement that paths lead to, each joined once. */
export class JoinedTables {
  readonly #parts: StatementParts
  readonly #root: Table
  readonly #joined = new Map<string, Table>()
  /** The joins so far. */
  sql = ''

  constructor(parts: StatementParts, root: Table) {
    this.#parts = parts
    this.#root = root
  }

  /** The column at a path, the type of its field, and whether it is a time without a zone. */
  column(path: string): { sql: string; type: string; isLocal: boolean } {
    const steps = path.split('.')
    const name = steps.pop() ?? unsupported()
    const table = this.table(steps)
    const field = fieldsOf(table.model).get(name)
    if (!field || field.kind === 'relation' || field.isList) return unsupported()
    return { sql: table.column(name), type: field.type, isLocal: isLocalTime(field) }
  }

  /** Fields are numeric, in which PostgreSQL adds, subtracts and multiplies without loss. */
  number(expression: Expression): string {
    switch (expression.kind) {
      case 'field':
        return `${this.column(expression.path).sql}::numeric`
      case 'constant':
        // A bare number without a point would be an integer, which overflows.
        return decimal.test(expression.value) ? `'${expression.value}'::numeric` : unsupported()
      case 'rounded':
        return `round(${this.number(expression.of)})`
      default: {
        const [left, right] = expression.of
        return `(${this.number(left)} ${signs[expression.kind]} ${this.number(right)})`
      }
    }
  }

  /** The table that these steps over to-one relations lead to. */
  table(steps: readonly string[]): Table {
    if (steps.length === 0) return this.#root
    const key = steps.join('.')
    const known = this.#joined.get(key)
    if (known) return known
    const above = this.table(steps.slice(0, -1))
    const relation = fieldsOf(above.model).get(steps.at(-1) ?? '')
    if (relation?.kind !== 'relation' || relation.isList) return unsupported()
    const table = this.#parts.table(relation.model)
    this.sql += ` ${relation.isRequired ? 'JOIN' : 'LEFT JOIN'} ${table.from} ON ${linkSql(above, relation, table)}`
    this.#joined.set(key, table)
    return table
  }
}

/** The paths that an expression names. */
export function pathsIn(expression: Expression): string[] {
  if (expression.kind === 'field') return [expression.path]
  if (expression.kind === 'constant') return []
  return expression.kind === 'rounded' ? pathsIn(expression.of) : expression.of.flatMap(pathsIn)
}
