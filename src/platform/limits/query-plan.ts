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

/** What an operation asks for, as it is executed: a tree of the fields that cost something. */
export interface Selected {
  /** Every response key, also of fields that cost nothing. By them the types behind an interface are told apart. */
  readonly keys: readonly string[]
  readonly fields: readonly PlannedField[]
}

export interface PlannedField {
  readonly key: string
  readonly weight: number
  /** How many there are, where it is a list. */
  readonly size: ListSize | undefined
  /** What is asked of it: one for an object type, and for an interface one for each type it can be. */
  readonly below: readonly Selected[]
}

/** Fragments multiply: a short document can ask for more fields than can be looked at in time. */
export class PlanTooLarge extends Error {}

/** Selections a plan may be made of. A document without fragments has no more than it has tokens. */
const maxSelections = 100_000
/** Selections of all plans that are kept together, some 100 bytes each: large documents are not to fill the memory. */
const maxKept = 500_000

interface Known {
  /** Variables that decide which fields there are. */
  conditions: readonly string[]
  /** By the operation and the values of its conditions; undefined where it is too large. */
  plans: Map<string, Selected | undefined>
}

/**
 * Plans, by document: only the sizes of lists, and what `@skip` and `@include` take out, differ between two requests
 * of one document. Kept as long as the document itself is, and no more of them than fit.
 */
export class QueryPlans {
  #known = new WeakMap<DocumentNode, Known>()
  #kept = 0

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

  #knownOf(document: DocumentNode): Known {
    const known = this.#known.get(document) ?? { conditions: conditionsIn(document), plans: new Map() }
    this.#known.set(document, known)
    return known
  }

  #plan(operation: Operation, key: string, plans: Known['plans']): Selected | undefined {
    const planner = new Planner(operation)
    const plan = planner.plan()
    plans.set(key, plan)
    this.#kept += plan ? planner.selections : 1
    if (this.#kept > maxKept) {
      this.#known = new WeakMap()
      this.#kept = 0
    }
    return plan
  }
}

class Planner {
  readonly #operation: Operation
  readonly #selecting: Selecting
  /** How many were looked at. */
  selections = 0

  constructor(operation: Operation) {
    this.#operation = operation
    const { schema, document, variables } = operation
    this.#selecting = { schema, fragments: fragmentsIn(document), variables }
  }

  /** Undefined where there are too many. */
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

/** A size, and the fields it is for; without any it is the field's own. */
interface Sizes {
  size: ListSize
  fields: readonly string[] | undefined
}

function sizesOf(field: GraphQLField<unknown, unknown>, node: FieldNode): Sizes | undefined {
  const size = listSize(field, node)
  return size && { size, fields: listSizeOf(field)?.sizedFields }
}
