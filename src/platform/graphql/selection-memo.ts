import { type FieldNode, type FragmentDefinitionNode, type GraphQLResolveInfo, visit } from 'graphql'
import type { Viewer } from '../auth/viewer.ts'

/** Values of variables that make another selection; so many are kept for each viewer. */
const maxSelections = 32
/** Not longer: a filter of a list below the root may look at the clock. */
const keptMs = 1000

interface Kept {
  madeAt: number
  selections: Map<string, object>
}

/**
 * What a compiled root field selects of its rows, which plugin-prisma would find out again from the document for each
 * request. Kept for each viewer, since a field's selection may depend on who asks, and for each value of the variables
 * below the root field: its own arguments, such as a cursor, are not in the selection.
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
    // Made by the same caller for the same key.
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

/** What a compiled document gives its root fields beside what every field is given. */
export interface CompiledInfo extends GraphQLResolveInfo {
  selectionMemo: SelectionMemo
}

export function memoOf(info: GraphQLResolveInfo): SelectionMemo | undefined {
  return 'selectionMemo' in info && info.selectionMemo instanceof SelectionMemo ? info.selectionMemo : undefined
}
