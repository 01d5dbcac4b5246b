import {
  type DirectiveNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getDirectiveValues,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'

export interface Operation {
  schema: GraphQLSchema
  definition: OperationDefinitionNode
  fragments: Readonly<Record<string, FragmentDefinitionNode>>
  /** Those that decide over what is skipped and included are the same for all that is compiled from this. */
  variables: Record<string, unknown>
}

export type CollectedFields = Map<string, FieldNode[]>

/** CollectFields of the specification, section 6.3.2, below an object type. */
export function collectFields(
  operation: Operation,
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
): CollectedFields {
  const fields: CollectedFields = new Map()
  const seen = new Set<string>()
  const visit = (set: SelectionSetNode): void => {
    for (const selection of set.selections) {
      if (!isIncluded(selection, operation)) continue
      if (selection.kind === 'Field') {
        const key = selection.alias?.value ?? selection.name.value
        const same = fields.get(key)
        if (same) same.push(selection)
        else fields.set(key, [selection])
      } else if (selection.kind === 'InlineFragment') {
        if (applies(selection.typeCondition?.name.value, type, operation)) visit(selection.selectionSet)
      } else if (!seen.has(selection.name.value)) {
        seen.add(selection.name.value)
        const fragment = operation.fragments[selection.name.value]
        if (fragment && applies(fragment.typeCondition.name.value, type, operation)) visit(fragment.selectionSet)
      }
    }
  }
  for (const set of sets) visit(set)
  return fields
}

function isIncluded(node: { directives?: readonly DirectiveNode[] }, { variables }: Operation): boolean {
  if (!node.directives?.length) return true
  if (getDirectiveValues(GraphQLSkipDirective, node, variables)?.if === true) return false
  return getDirectiveValues(GraphQLIncludeDirective, node, variables)?.if !== false
}

function applies(condition: string | undefined, type: GraphQLObjectType, { schema }: Operation): boolean {
  if (condition === undefined || condition === type.name) return true
  return type.getInterfaces().some(({ name }) => name === condition) || unionHas(condition, type, schema)
}

function unionHas(condition: string, type: GraphQLObjectType, schema: GraphQLSchema): boolean {
  const named = schema.getType(condition)
  return named !== undefined && 'getTypes' in named && named.getTypes().includes(type)
}
