import {
  type DocumentNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isLeafType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'
import { everyone } from '../auth/rule.ts'
import { fragmentsIn } from '../graphql/collect-fields.ts'
import { ruleOf } from '../graphql/shield.ts'

/**
 * Whether an operation can be answered from what was kept: a query of which every field, also of those that are
 * skipped, is anybody's to read and says, or is known, to follow from its parent and arguments alone.
 */
export function asksForPublic(
  schema: GraphQLSchema,
  document: DocumentNode,
  { operation, selectionSet }: OperationDefinitionNode,
): boolean {
  const query = schema.getQueryType()
  if (operation !== 'query' || !query) return false
  const fragments = fragmentsIn(document)
  const seen = new Set<string>()
  // A fragment that is valid below an object type is of that type, or of an interface it has.
  const isPublic = (type: GraphQLObjectType, { selections }: SelectionSetNode): boolean =>
    selections.every((selection) => {
      if (selection.kind === Kind.INLINE_FRAGMENT) return isPublic(type, selection.selectionSet)
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = fragments[selection.name.value]
        const place = `${type.name} ${selection.name.value}`
        if (!fragment || seen.has(place)) return fragment !== undefined
        seen.add(place)
        return isPublic(type, fragment.selectionSet)
      }
      if (selection.name.value === '__typename') return true
      const field = type.getFields()[selection.name.value]
      if (!field || !isPublicField(type, field)) return false
      const named = getNamedType(field.type)
      if (isLeafType(named)) return true
      return isObjectType(named) && selection.selectionSet !== undefined && isPublic(named, selection.selectionSet)
    })
  return isPublic(query, selectionSet)
}

/** Closed unless said: a resolver of its own may look at who asks, or at the clock. */
export function isPublicField(type: GraphQLObjectType, field: GraphQLField<unknown, unknown>): boolean {
  const { name } = ruleOf(type, field) ?? everyone
  return name === everyone.name && followsFromParent(field)
}

function followsFromParent({ extensions }: GraphQLField<unknown, unknown>): boolean {
  const { pothosOptions: options, pothosExposedField: column, pothosPrismaRelationField: relation } = extensions
  const said: unknown = typeof options === 'object' && options !== null ? Reflect.get(options, 'cacheable') : undefined
  if (typeof said === 'boolean') return said
  return typeof column === 'string' || relation !== undefined
}
