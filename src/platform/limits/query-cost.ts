import {
  type DocumentNode,
  type FieldNode,
  type GraphQLField,
  GraphQLIncludeDirective,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getArgumentValues,
  getDirectiveValues,
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'

/** What a list is taken to hold where neither an argument nor its field's `listSize` says. */
const assumedListSize = 10

interface Operation {
  schema: GraphQLSchema
  document: DocumentNode
  operation: OperationDefinitionNode
  /** Coerced, with defaults. */
  variables: Record<string, unknown>
}

/** The counting stops here: a document can be made to cost more than can be counted in time. */
export class CostLimitReached extends Error {}

/**
 * What an operation can cost at most, in objects read: each field of an object type counts 1 for each time it can be
 * resolved, scalars count nothing unless their `cost` says so. Lists multiply what is below them by their page size,
 * the default one included. Counted as executed: after variables are coerced, through fragments, with `@skip` and
 * `@include`, fields of one response key once; so every way to write one query costs the same.
 */
export function operationCost(operation: Operation, limit: number): number {
  return new CostCounter(operation, limit).count()
}

class CostCounter {
  readonly #operation: Operation
  readonly #fragments: Map<string, { type: string; selections: SelectionSetNode }>
  readonly #limit: number

  constructor(operation: Operation, limit: number) {
    this.#operation = operation
    this.#limit = limit
    this.#fragments = new Map(
      operation.document.definitions.flatMap((definition) =>
        definition.kind === Kind.FRAGMENT_DEFINITION
          ? [
              [
                definition.name.value,
                { type: definition.typeCondition.name.value, selections: definition.selectionSet },
              ],
            ]
          : [],
      ),
    )
  }

  count(): number {
    const { schema, operation } = this.#operation
    const root = schema.getRootType(operation.operation)
    return root ? this.#selections(root, [operation.selectionSet], 1, undefined) : 0
  }

  /** `times` is how often these are resolved, only to stop early; the result is for one time. */
  #selections(type: GraphQLNamedType, sets: SelectionSetNode[], times: number, pageSize: number | undefined): number {
    if (isAbstractType(type)) {
      const possible = this.#operation.schema.getPossibleTypes(type)
      return Math.max(0, ...possible.map((object) => this.#selections(object, sets, times, pageSize)))
    }
    if (!isObjectType(type)) return 0
    let sum = 0
    for (const [, nodes] of this.#collect(type, sets)) {
      sum += this.#field(type, nodes, times, pageSize)
      if (sum * times > this.#limit) throw new CostLimitReached()
    }
    return sum
  }

  #field(parent: GraphQLObjectType, nodes: FieldNode[], times: number, pageSize: number | undefined): number {
    const [node] = nodes
    const field = node && parent.getFields()[node.name.value]
    if (!field) return 0
    const named = getNamedType(field.type)
    const own = optionOf(field, 'cost') ?? (isCompositeType(named) && !isPart(named, field) ? 1 : 0)
    const size = this.#size(field, node, pageSize)
    const below = nodes.flatMap(({ selectionSet }) => selectionSet ?? [])
    if (below.length === 0) return size * own
    return size * (own + this.#selections(named, below, times * size, this.#pageSize(field, node)))
  }

  #size(field: GraphQLField<unknown, unknown>, node: FieldNode, pageSize: number | undefined): number {
    if (!isListType(getNullableType(field.type))) return 1
    const sizedBy = field.extensions.sizedBy
    if (typeof sizedBy === 'string') {
      const list = this.#arguments(field, node)[sizedBy]
      if (Array.isArray(list)) return list.length
    }
    return optionOf(field, 'listSize') ?? pageSize ?? assumedListSize
  }

  /** Of a connection's field: how many edges it can have. Sizes that will be refused count as none. */
  #pageSize(field: GraphQLField<unknown, unknown>, node: FieldNode): number | undefined {
    const limits = field.extensions.pageSize
    if (typeof limits !== 'object' || limits === null || !('fallback' in limits && 'most' in limits)) return undefined
    const { first, last } = this.#arguments(field, node)
    const size = first ?? last ?? limits.fallback
    return typeof size === 'number' && size >= 0 && size <= Number(limits.most) ? size : 0
  }

  #arguments(field: GraphQLField<unknown, unknown>, node: FieldNode): Record<string, unknown> {
    return getArgumentValues(field, node, this.#operation.variables)
  }

  /** CollectFields of the specification, section 6.3.2. */
  #collect(type: GraphQLObjectType, sets: SelectionSetNode[]): Map<string, FieldNode[]> {
    const fields = new Map<string, FieldNode[]>()
    const seen = new Set<string>()
    const visit = (set: SelectionSetNode) => {
      for (const selection of set.selections) {
        if (!this.#included(selection)) continue
        if (selection.kind === Kind.FIELD) {
          const key = selection.alias?.value ?? selection.name.value
          const same = fields.get(key)
          if (same) same.push(selection)
          else fields.set(key, [selection])
        } else if (selection.kind === Kind.INLINE_FRAGMENT) {
          if (this.#applies(selection.typeCondition?.name.value, type)) visit(selection.selectionSet)
        } else if (!seen.has(selection.name.value)) {
          seen.add(selection.name.value)
          const fragment = this.#fragments.get(selection.name.value)
          if (fragment && this.#applies(fragment.type, type)) visit(fragment.selections)
        }
      }
    }
    for (const set of sets) visit(set)
    return fields
  }

  #included(node: Parameters<typeof getDirectiveValues>[1]): boolean {
    if (!node.directives?.length) return true
    const { variables } = this.#operation
    if (getDirectiveValues(GraphQLSkipDirective, node, variables)?.if === true) return false
    return getDirectiveValues(GraphQLIncludeDirective, node, variables)?.if !== false
  }

  #applies(condition: string | undefined, type: GraphQLObjectType): boolean {
    if (condition === undefined || condition === type.name) return true
    const named = this.#operation.schema.getType(condition)
    return isAbstractType(named) && this.#operation.schema.isSubType(named, type)
  }
}

/** The parts a connection is made of are no objects of their own: its nodes are. */
function isPart(type: GraphQLNamedType, field: GraphQLField<unknown, unknown>): boolean {
  return (
    field.name === 'pageInfo' || (field.name === 'edges' && type.name.endsWith('Edge')) || type.name.startsWith('__')
  )
}

function optionOf(field: GraphQLField<unknown, unknown>, name: 'cost' | 'listSize'): number | undefined {
  const options = field.extensions.pothosOptions
  if (typeof options !== 'object' || options === null) return undefined
  const value: unknown = Reflect.get(options, name)
  return typeof value === 'number' ? value : undefined
}
