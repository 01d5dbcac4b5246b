import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getDirectiveValues,
  isAbstractType,
  Kind,
  type SelectionSetNode,
  visit,
} from 'graphql'

type Fragments = Readonly<Record<string, FragmentDefinitionNode>>

export interface Selecting {
  schema: GraphQLSchema
  fragments: Fragments
  /** Coerced, with defaults. */
  variables: Record<string, unknown>
}

export type CollectedFields = Map<string, FieldNode[]>

/** CollectFields of the specification, section 6.3.2, for an object type. `looksAt` may throw to stop it. */
export function collectFields(
  selecting: Selecting,
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
  looksAt: (set: SelectionSetNode) => void = () => {},
): CollectedFields {
  const fields: CollectedFields = new Map()
  const seen = new Set<string>()
  const collect = (set: SelectionSetNode): void => {
    looksAt(set)
    for (const selection of set.selections) {
      if (!isIncluded(selection, selecting)) continue
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value
        const same = fields.get(key)
        if (same) same.push(selection)
        else fields.set(key, [selection])
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        if (applies(selection.typeCondition?.name.value, type, selecting)) collect(selection.selectionSet)
      } else if (!seen.has(selection.name.value)) {
        seen.add(selection.name.value)
        const fragment = selecting.fragments[selection.name.value]
        if (fragment && applies(fragment.typeCondition.name.value, type, selecting)) collect(fragment.selectionSet)
      }
    }
  }
  for (const set of sets) collect(set)
  return fields
}

export function fragmentsIn(document: DocumentNode): Fragments {
  // Without a prototype, because a fragment may have any name.
  const fragments: Record<string, FragmentDefinitionNode> = Object.create(null)
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition
  }
  return fragments
}

/** Variables in `@skip` and `@include`. */
export function conditionsIn(document: DocumentNode): string[] {
  const names = new Set<string>()
  visit(document, {
    Directive: ({ arguments: given }) => {
      for (const { value } of given ?? []) if (value.kind === Kind.VARIABLE) names.add(value.name.value)
    },
  })
  return [...names]
}

function isIncluded(node: Parameters<typeof getDirectiveValues>[1], { variables }: Selecting): boolean {
  if (!node.directives?.length) return true
  if (getDirectiveValues(GraphQLSkipDirective, node, variables)?.if === true) return false
  return getDirectiveValues(GraphQLIncludeDirective, node, variables)?.if !== false
}

function applies(condition: string | undefined, type: GraphQLObjectType, { schema }: Selecting): boolean {
  if (condition === undefined || condition === type.name) return true
  const named = schema.getType(condition)
  return isAbstractType(named) && schema.isSubType(named, type)
}
