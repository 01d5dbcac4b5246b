import type { Row } from '../database/data-model.ts'
import type { ReadGroups } from './aggregate.ts'
import type { KeysetPlan } from './keyset.ts'

/** A page of rows. Edges and cursors are made on first read. */
export abstract class PageOf<Edge extends object> {
  readonly rows: readonly Row[]
  readonly count: () => Promise<number>
  readonly #plan: KeysetPlan
  readonly #has: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean }
  #edges: readonly Edge[] | undefined

  constructor(rows: Row[], plan: KeysetPlan, count: () => Promise<number>) {
    const { rows: shown, ...has } = plan.page(rows)
    this.rows = shown
    this.count = count
    this.#plan = plan
    this.#has = has
  }

  protected abstract edgeOf(row: Row, plan: KeysetPlan): Edge

  get edges(): readonly Edge[] {
    this.#edges ??= this.rows.map((row) => this.edgeOf(row, this.#plan))
    return this.#edges
  }

  get pageInfo() {
    const [plan, first, last] = [this.#plan, this.rows[0], this.rows.at(-1)]
    return {
      ...this.#has,
      get startCursor(): string | null {
        return first ? plan.cursorOf(first) : null
      },
      get endCursor(): string | null {
        return last ? plan.cursorOf(last) : null
      },
    }
  }
}

/** A page whose rows are the nodes. */
export class Page extends PageOf<Edge> {
  readonly groups: ReadGroups

  constructor(rows: Row[], plan: KeysetPlan, count: () => Promise<number>, groups: ReadGroups) {
    super(rows, plan, count)
    this.groups = groups
  }

  protected override edgeOf(row: Row, plan: KeysetPlan): Edge {
    return new Edge(row, plan)
  }
}

class Edge {
  readonly node: Row
  readonly #plan: KeysetPlan

  constructor(node: Row, plan: KeysetPlan) {
    this.node = node
    this.#plan = plan
  }

  get cursor(): string {
    return this.#plan.cursorOf(this.node)
  }
}
