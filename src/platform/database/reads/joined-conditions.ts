import { fieldsOf, type Model } from '../data-model.ts'
import type { JoinedTables } from './expression.ts'
import { isPlainObject, plainObject, type StatementParts } from './statement-parts.ts'
import { whereSql } from './where-sql.ts'

/**
 * The conditions of a `where`, all of which must hold. Those beyond required to-one relations stand on the joined table,
 * which the statement mostly has anyway: as sub-selects they would read it once more each.
 */
export class JoinedConditions {
  readonly #parts: StatementParts
  readonly #joined: JoinedTables

  constructor(parts: StatementParts, joined: JoinedTables) {
    this.#parts = parts
    this.#joined = joined
  }

  /** `steps` are the relations that lead to the model. */
  of(model: Model, where: unknown, steps: readonly string[] = []): string[] {
    return Object.entries(plainObject(where)).flatMap(([name, value]) => {
      return this.#flattened(model, steps, name, value) ?? this.#plain(steps, { [name]: value })
    })
  }

  /** Below an AND, Prisma drops a part without conditions, even an empty OR, which elsewhere matches nothing. */
  #part(model: Model, steps: readonly string[], part: unknown): string[] {
    const [entry, ...others] = Object.entries(plainObject(part))
    const flattened = entry && others.length === 0 ? this.#flattened(model, steps, ...entry) : undefined
    return flattened ?? this.#plain(steps, { AND: [part] })
  }

  /** Undefined where the condition stands on the model's own table. */
  #flattened(model: Model, steps: readonly string[], name: string, value: unknown): string[] | undefined {
    if (name === 'AND' && Array.isArray(value)) return value.flatMap((part) => this.#part(model, steps, part))
    const field = fieldsOf(model).get(name)
    if (field?.kind !== 'relation' || field.isList || !field.isRequired || !isPlainObject(value)) return undefined
    return 'is' in value || 'isNot' in value ? undefined : this.of(field.model, value, [...steps, name])
  }

  #plain(steps: readonly string[], where: object): string[] {
    const condition = whereSql(this.#parts, this.#joined.table(steps), where)
    return condition === undefined ? [] : [condition]
  }
}
