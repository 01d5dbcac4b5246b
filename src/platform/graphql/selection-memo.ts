import { type FieldNode, type FragmentDefinitionNode, type GraphQLResolveInfo, visit } from 'graphql'
import type { Viewer } from '../auth/viewer.ts'

/** The number of different variable values remembered for each viewer. */
const maxSelections = 32
/** Not longer, because a filter of a list below the root may read the clock. */
const keptMs = 1000

interface Kept {
  madeAt: number
  selections: Map<string, object>
}

/**
 * Remembers what a compiled root field selects of its rows, which plugin-prisma would derive from the document again
 * for each request. The memo is per viewer, because a selection may depend on the viewer, and per value of the
 * variables below the root field. The root field's own arguments, such as a cursor, are not in the selection.
 */
export class SelectionMemo {
  readonly #variables: readonly string[]
  readonly #kept = new WeakMap<Viewer, Kept>()

  constructor(nodes: readonly FieldNode[], fragments: Readonly<Record<string, FragmentDefinitionNode>>) {
    const names = new Set<string>()
    const sets = [...nodes, ...Object.values(fragments)].flatMap(({ selectionSet }) => selectionSet ?? [])
    for (const set of sets) visit(set, { Variable: ({ name }) => void names.add(name.value) })
    this.#variables = [...names]
  }

  recall<Query extends object>(viewer: Viewer, info: GraphQLResolveInfo, what: string, make: () => Query): Query {
    const key = JSON.stringify([what, ...this.#variables.map((name) => info.variableValues[name])], withBigInts)
    const selections = this.#keptFor(viewer)
    const found = selections.get(key)
    // The same caller made it for the same key.
    if (found) return found as Query
    const query = make()
    if (selections.size < maxSelections) selections.set(key, query)
    return query
  }

  #keptFor(viewer: Viewer): Map<string, object> {
    const now = performance.now()
    const kept = this.#kept.get(viewer)
    if (kept && now < kept.madeAt + keptMs) return kept.selections
    const selections = new Map<string, object>()
    this.#kept.set(viewer, { madeAt: now, selections })
    return selections
  }
}

function withBigInts(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value
}

/** The `info` of a compiled operation's root fields. */
export interface CompiledInfo extends GraphQLResolveInfo {
  selectionMemo: SelectionMemo
}

export function memoOf(info: GraphQLResolveInfo): SelectionMemo | undefined {
  return 'selectionMemo' in info && info.selectionMemo instanceof SelectionMemo ? info.selectionMemo : undefined
}
