import { fieldsOf, type RelationField } from '../data-model.ts'
import { castTo, filterSql, parameterText } from './filter-sql.ts'
import { keysetOf } from './keyset.ts'
import { plainObject, type StatementParts, type Table, unsupported } from './statement-parts.ts'

/** A condition, or a group of conditions. Empty groups are dropped, as Prisma does. */
type Condition = string | Group
interface Group {
  kind: 'AND' | 'OR' | 'NOT'
  of: readonly Condition[]
}

/** The condition of a `where`; undefined for an empty one. */
export function whereSql(parts: StatementParts, table: Table, where: unknown): string | undefined {
  const condition = new Where(parts, table).of(where)
  const isNone = typeof condition !== 'string' && condition.of.length === 0 && condition.kind !== 'OR'
  return isNone ? undefined : written(condition)
}

/**
 * The conditions on one table. A column may be null and a condition then neither true nor false, which EXISTS does not
 * pass on. Below a NOT, a relation's condition is therefore written so that it is false exactly when it should be.
 */
class Where {
  readonly #parts: StatementParts
  readonly #table: Table
  readonly #negated: boolean

  constructor(parts: StatementParts, table: Table, negated = false) {
    this.#parts = parts
    this.#table = table
    this.#negated = negated
  }

  of(where: unknown): Condition {
    const conditions = Object.entries(plainObject(where)).map(([name, value]): Condition => {
      if (name === 'AND' || name === 'OR') return { kind: name, of: this.#group(name, value) }
      if (name === 'NOT') return { kind: name, of: this.#turned(!this.#negated).#group(name, value) }
      const field = fieldsOf(this.#table.model).get(name) ?? unsupported()
      return field.kind === 'relation'
        ? this.#relation(field, value)
        : all(filterSql(this.#parts, this.#table, field, name, value))
    })
    return all(conditions)
  }

  #turned(negated: boolean): Where {
    return new Where(this.#parts, this.#table, negated)
  }

  #group(kind: Group['kind'], value: unknown): Condition[] {
    if (!Array.isArray(value)) return kind === 'OR' ? unsupported() : [this.of(value)].filter(isSome)
    const conditions: Condition[] = []
    for (let at = 0; at < value.length; at++) {
      const compared = kind === 'AND' ? this.#rowComparison(value[at], value[at + 1]) : undefined
      // It stands for both conditions.
      if (compared !== undefined) at++
      conditions.push(compared ?? this.of(value[at]))
    }
    return conditions.filter(isSome)
  }

  #relation(field: RelationField, value: unknown): Condition {
    if (value === null) return this.#one(field, 'is', null)
    const entries = Object.entries(plainObject(value))
    if (field.isList) return all(entries.map(([name, where]) => this.#list(field, name, where)))
    if (entries.length === 0) return all([])
    const operated = entries.some(([name]) => name === 'is' || name === 'isNot')
    return operated ? all(entries.map(([name, where]) => this.#one(field, name, where))) : this.#one(field, 'is', value)
  }

  #list(field: RelationField, name: string, where: unknown): string {
    if (name === 'some') return this.#exists(field, where)
    if (name === 'none') return `NOT ${this.#exists(field, where)}`
    return name === 'every' ? `NOT ${this.#existsNot(field, where)}` : unsupported()
  }

  #one(field: RelationField, name: string, where: unknown): string {
    if (name !== 'is' && name !== 'isNot') return unsupported()
    const not = name === 'isNot' ? 'NOT ' : ''
    if (where === null) return field.isRequired ? unsupported() : `${not}NOT ${this.#exists(field, {})}`
    // A missing row makes the condition false, and below a NOT true.
    if ((name === 'is') !== this.#negated) return `${not}${this.#exists(field, where)}`
    const there = this.#exists(field, {})
    return `${not}(${there} AND NOT ${this.#existsNot(field, where)})`
  }

  #exists(field: RelationField, where: unknown): string {
    const below = this.#parts.table(field.model)
    return existsSql(below, linkSql(this.#table, field, below), whereSql(this.#parts, below, where))
  }

  /** Whether there is a row for which the condition is false. */
  #existsNot(field: RelationField, where: unknown): string {
    const below = this.#parts.table(field.model)
    const condition = written(new Where(this.#parts, below, true).of(where))
    return existsSql(below, linkSql(this.#table, field, below), `NOT ${condition}`)
  }

  #rowComparison(first: unknown, second: unknown): string | undefined {
    const keyset = keysetOf(first, second)
    if (!keyset) return undefined
    const sides = keyset.bounds.map(([name, bound]) => {
      const field = fieldsOf(this.#table.model).get(name)
      if (!field || field.kind === 'relation' || field.isList) return unsupported()
      const text = parameterText(this.#parts, field, bound)
      return { column: this.#table.column(name), value: `${this.#parts.parameter(text)}${castTo(field)}` }
    })
    const columns = sides.map(({ column }) => column)
    return `(${columns.join()}) ${keyset.sign} (${sides.map(({ value }) => value).join()})`
  }
}

function all(conditions: readonly Condition[]): Condition {
  const [only] = conditions
  return conditions.length === 1 && only !== undefined ? only : { kind: 'AND', of: conditions }
}

function isSome(condition: Condition): boolean {
  return typeof condition === 'string' || condition.of.some(isSome)
}

function written(condition: Condition): string {
  if (typeof condition === 'string') return condition
  const { kind, of } = condition
  if (of.length === 0) return kind === 'OR' ? '1=0' : '1=1'
  if (kind === 'NOT') return `(${of.map((one) => `NOT ${written(one)}`).join(' AND ')})`
  return of.length === 1 ? of.map(written).join('') : `(${of.map(written).join(` ${kind} `)})`
}

function existsSql(below: Table, link: string, condition: string | undefined): string {
  return `EXISTS (SELECT 1 FROM ${below.from} WHERE ${link}${condition === undefined ? '' : ` AND ${condition}`})`
}

/** The SQL that links rows of one table to a row of another. */
export function linkSql(table: Table, { link }: RelationField, below: Table): string {
  if (!link) return unsupported()
  return link.there.map((there, at) => `${below.column(there)} = ${table.column(link.here[at] ?? '')}`).join(' AND ')
}
