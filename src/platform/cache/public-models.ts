import { Prisma } from '../../generated/prisma/client.ts'
import type { RowPolicies } from '../auth/row-policy.ts'
import { anonymous, type Viewer } from '../auth/viewer.ts'
import { fieldsOf, type Model } from '../database/data-model.ts'
import { physicalTable } from '../database/physical-names.ts'

/** The models whose rows may be shown from an answer that was kept, as their row policies say. */
export class PublicModels {
  /** Fields of each that no kept answer may depend on. */
  readonly #excepted = new Map<Model, readonly string[]>()
  readonly #policies: RowPolicies
  readonly #seers = new WeakMap<Viewer, boolean>()

  /** Throws where a policy says so of rows that are not everybody's. */
  constructor(policies: RowPolicies) {
    this.#policies = policies
    for (const model of Object.values(Prisma.ModelName)) {
      const { cacheable } = policies[model]
      if (!cacheable) continue
      if (policies[model].rows(anonymous) !== 'all')
        throw new Error(`${model} is said to be cacheable, and not everybody sees all of its rows`)
      this.#excepted.set(model, cacheable === true ? [] : cacheable.except)
    }
  }

  get all(): Model[] {
    return [...this.#excepted.keys()]
  }

  has(model: Model): boolean {
    return this.#excepted.has(model)
  }

  /** Whether a kept answer may depend on this field of the model. */
  shows(model: Model, field: string): boolean {
    return fieldsOf(model).has(field) && this.#excepted.get(model)?.includes(field) === false
  }

  /** Whether a viewer sees all rows of all of these models, so that what they are shown is what anybody is shown. */
  areSeenBy(viewer: Viewer): boolean {
    const known = this.#seers.get(viewer)
    if (known !== undefined) return known
    const seen = this.all.every((model) => this.#policies[model].rows(viewer) === 'all')
    this.#seers.set(viewer, seen)
    return seen
  }

  /** Its table, and the columns that must not change unheard, by the names they have in PostgreSQL. */
  tableOf(model: Model): { table: string; columns: string[] } {
    const { name, fields, column } = physicalTable(model)
    return { table: name, columns: fields.filter((field) => this.shows(model, field)).map(column) }
  }

  ofTable(table: string): Model | undefined {
    return this.all.find((model) => physicalTable(model).name === table)
  }
}
