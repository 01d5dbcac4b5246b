import type { GraphQLResolveInfo } from 'graphql'
import { delegateOf } from '../auth/delegate.ts'
import type { Context } from '../context.ts'
import type { Model, Row } from '../database/data-model.ts'
import { keySelection, keyTextIn, whereKeys } from '../database/row-key.ts'
import { selectionOf } from '../graphql/selection.ts'

/** A group with its measures, by the words of the report. */
export class ReportRow {
  readonly values: ReadonlyMap<string, unknown>
  readonly #objects: ShownObjects

  constructor(values: ReadonlyMap<string, unknown>, objects: ShownObjects) {
    this.values = values
    this.#objects = objects
  }

  async object(word: string, model: Model, context: Context, info: GraphQLResolveInfo): Promise<Row | null> {
    const key = this.values.get(word)
    if (typeof key !== 'string') return null
    return (await this.#objects.of(word, model, context, info)).get(key) ?? null
  }
}

/** The objects that the rows of a report show: one statement for each field of the document, for all rows. */
export class ShownObjects {
  readonly #values: readonly ReadonlyMap<string, unknown>[]
  /** By the field's nodes, which are one object for all rows. */
  readonly #read = new WeakMap<object, Promise<ReadonlyMap<string, Row>>>()

  constructor(values: readonly ReadonlyMap<string, unknown>[]) {
    this.#values = values
  }

  of(word: string, model: Model, context: Context, info: GraphQLResolveInfo): Promise<ReadonlyMap<string, Row>> {
    const known = this.#read.get(info.fieldNodes)
    if (known) return known
    const reading = this.#rows(word, model, context, info)
    this.#read.set(info.fieldNodes, reading)
    return reading
  }

  async #rows(word: string, model: Model, context: Context, info: GraphQLResolveInfo) {
    const keys = [...new Set(this.#values.map((values) => values.get(word)).filter((key) => typeof key === 'string'))]
    const query = selectionOf(context, info, model, keySelection(model))
    const rows = await delegateOf(context.db, model).findMany({ ...query, where: whereKeys(model, keys) })
    return new Map(rows.map((row) => [keyTextIn(model, row) ?? '', row]))
  }
}
