import { Prisma } from '../../generated/prisma/client.ts'
import type { RowPolicies } from '../auth/row-policy.ts'
import { anonymous, type Viewer } from '../auth/viewer.ts'
import { fieldsOf, type Model } from '../database/data-model.ts'

/** The models that cached responses may show, as their row policies declare. */
export class PublicModels {
  /** Fields that no cached response may depend on. */
  readonly #excluded = new Map<Model, readonly string[]>()
  readonly #policies: RowPolicies
  readonly #seenBy = new WeakMap<Viewer, boolean>()

  /** Throws for a policy that declares rows cacheable which not everyone sees. */
  constructor(policies: RowPolicies) {
    this.#policies = policies
    for (const model of Object.values(Prisma.ModelName)) {
      const policy = policies[model]
      if (!policy?.cacheable) continue
      const { cacheable } = policy
      if (policy.rows(anonymous) !== 'all')
        throw new Error(`${model} is declared cacheable, and not everybody sees all of its rows`)
      this.#excluded.set(model, cacheable === true ? [] : cacheable.except)
    }
  }

  get all(): Model[] {
    return [...this.#excluded.keys()]
  }

  has(model: Model): boolean {
    return this.#excluded.has(model)
  }

  /** Whether a cached response may depend on this field of the model. */
  shows(model: Model, field: string): boolean {
    return fieldsOf(model).has(field) && this.#excluded.get(model)?.includes(field) === false
  }

  /** Whether a viewer sees all rows of these models, so that the viewer's response is everyone's. */
  areSeenBy(viewer: Viewer): boolean {
    const known = this.#seenBy.get(viewer)
    if (known !== undefined) return known
    const seen = this.all.every((model) => this.#policies[model]?.rows(viewer) === 'all')
    this.#seenBy.set(viewer, seen)
    return seen
  }
}
