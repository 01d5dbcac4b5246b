import {
  type DocumentNode,
  type FieldNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isObjectType,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'
import { collectFields, conditionsIn, fragmentsIn, type Selecting } from '../graphql/collect-fields.ts'
import { listSizeOf, weightOf } from './cost-directives.ts'
import { introspectionField, introspectionSize, introspectionWeight } from './introspection-cost.ts'
import { type ListSize, listSize } from './list-size.ts'

export interface Operation {
  schema: GraphQLSchema
  document: DocumentNode
  operation: OperationDefinitionNode
  /** Coerced, with defaults. */
  variables: Record<string, unknown>
}

/** The fields of an operation that cost something, as a tree in the form in which they are executed. */
export interface Selected {
  /** Every response key, also of fields that cost nothing: the keys tell which type stands behind an interface. */
  readonly keys: readonly string[]
  readonly fields: readonly PlannedField[]
}

export interface PlannedField {
  readonly key: string
  readonly weight: number
  /** The number of items, for a list. */
  readonly size: ListSize | undefined
  /** The selection below: one for an object type, one for each possible type of an interface. */
  readonly below: readonly Selected[]
}

/** Fragments multiply: a short document can select more fields than can be planned in time. */
export class PlanTooLarge extends Error {}

/** The most selections of a plan. A document without fragments has fewer selections than tokens. */
const maxSelections = 100_000
/** The most selections of all cached plans together, at about 100 bytes each. */
const maxCached = 500_000

interface CachedPlans {
  /** Variables in `@skip` and `@include`. */
  conditions: readonly string[]
  /** By operation name and values of the conditions; undefined for a plan that is too large. */
  plans: Map<string, Selected | undefined>
}

/**
 * Plans by document. Two requests of one document differ only in list sizes and in `@skip` and `@include`. A plan lives as
 * long as its document, within the bound.
 */
export class QueryPlans {
  #known = new WeakMap<DocumentNode, CachedPlans>()
  #cached = 0

  /** Throws PlanTooLarge. */
  planOf(operation: Operation): Selected {
    const { document, variables } = operation
    const { conditions, plans } = this.#knownOf(document)
    const name = operation.operation.name?.value ?? ''
    const key = conditions.reduce((text, condition) => `${text} ${variables[condition]}`, name)
    const plan = plans.has(key) ? plans.get(key) : this.#plan(operation, key, plans)
    if (!plan) throw new PlanTooLarge()
    return plan
  }

  #knownOf(document: DocumentNode): CachedPlans {
    const known = this.#known.get(document) ?? { conditions: conditionsIn(document), plans: new Map() }
    this.#known.set(document, known)
    return known
  }

  #plan(operation: Operation, key: string, plans: CachedPlans['plans']): Selected | undefined {
    const planner = new Planner(operation)
    const plan = planner.plan()
    plans.set(key, plan)
    this.#cached += plan ? planner.selections : 1
    if (this.#cached > maxCached) {
      this.#known = new WeakMap()
      this.#cached = 0
    }
    return plan
  }
}

class Planner {
  readonly #operation: Operation
  readonly #selecting: Selecting
  /** The number of selections seen so far. */
  selections = 0

  constructor(operation: Operation) {
    this.#operation = operation
    const { schema, document, variables } = operation
    this.#selecting = { schema, fragments: fragmentsIn(document), variables }
  }

  /** Undefined where there are too many selections. */
  plan(): Selected | undefined {
    const { schema, operation } = this.#operation
    const root = schema.getRootType(operation.operation)
    if (!root) return { keys: [], fields: [] }
    try {
      return this.#select(root, [operation.selectionSet], undefined)
    } catch (error) {
      if (error instanceof PlanTooLarge) return undefined
      throw error
    }
  }

  #below(type: GraphQLNamedType, sets: SelectionSetNode[], sizes: Sizes | undefined): Selected[] {
    if (isObjectType(type)) return [this.#select(type, sets, sizes)]
    if (!isAbstractType(type)) return []
    return this.#operation.schema.getPossibleTypes(type).map((object) => this.#select(object, sets, sizes))
  }

  #select(type: GraphQLObjectType, sets: SelectionSetNode[], sizes: Sizes | undefined): Selected {
    const collected = collectFields(this.#selecting, type, sets, ({ selections }) => {
      this.selections += selections.length
      if (this.selections > maxSelections) throw new PlanTooLarge()
    })
    const fields = [...collected].flatMap(([key, nodes]) => this.#field(type, key, nodes, sizes) ?? [])
    return { keys: [...collected.keys()], fields }
  }

  #field(
    parent: GraphQLObjectType,
    key: string,
    nodes: FieldNode[],
    sizes: Sizes | undefined,
  ): PlannedField | undefined {
    const [node] = nodes
    if (!node) return undefined
    const meta = introspectionField(this.#operation.schema, parent, node.name.value)
    if (meta) return this.#introspection(meta, key, nodes)
    const field = parent.getFields()[node.name.value]
    if (!field) return undefined
    const own = sizesOf(field, node)
    const below = this.#below(getNamedType(field.type), setsOf(nodes), own)
    const weight = weightOf(field)
    if (weight === 0 && below.every(({ fields }) => fields.length === 0)) return undefined
    const size = own && !own.fields ? own.size : sizes?.fields?.includes(field.name) ? sizes.size : undefined
    return { key, weight, size, below }
  }

  #introspection(field: GraphQLField<unknown, unknown>, key: string, nodes: FieldNode[]): PlannedField {
    const below = this.#below(getNamedType(field.type), setsOf(nodes), undefined)
    return { key, weight: introspectionWeight, size: introspectionSize(field), below }
  }
}

function setsOf(nodes: readonly FieldNode[]): SelectionSetNode[] {
  return nodes.flatMap(({ selectionSet }) => selectionSet ?? [])
}

/** A size and the fields it applies to; without fields it applies to the field itself. */
interface Sizes {
  size: ListSize
  fields: readonly string[] | undefined
}

function sizesOf(field: GraphQLField<unknown, unknown>, node: FieldNode): Sizes | undefined {
  const size = listSize(field, node)
  return size && { size, fields: listSizeOf(field)?.sizedFields }
}
