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
 * Whether the response of an operation can be cached: a query whose fields, skipped ones included, everyone may read, and
 * whose values follow from parent and arguments alone.
 */
export function isPublicQuery(
  schema: GraphQLSchema,
  document: DocumentNode,
  { operation, selectionSet }: OperationDefinitionNode,
): boolean {
  const query = schema.getQueryType()
  if (operation !== 'query' || !query) return false
  const fragments = fragmentsIn(document)
  const seen = new Set<string>()
  // A valid fragment below an object type is of that type, or of one of its interfaces.
  const isPublic = (type: GraphQLObjectType, { selections }: SelectionSetNode): boolean =>
    selections.every((selection) => {
      if (selection.kind === Kind.INLINE_FRAGMENT) return isPublic(type, selection.selectionSet)
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = fragments[selection.name.value]
        const visit = `${type.name} ${selection.name.value}`
        if (!fragment || seen.has(visit)) return fragment !== undefined
        seen.add(visit)
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

/**
 * Not cacheable unless declared: a resolver may read the viewer or the clock.
 * @public
 */
export function isPublicField(type: GraphQLObjectType, field: GraphQLField<unknown, unknown>): boolean {
  const { name } = ruleOf(type, field) ?? everyone
  return name === everyone.name && followsFromParent(field)
}

function followsFromParent({ extensions }: GraphQLField<unknown, unknown>): boolean {
  const { pothosOptions: options, pothosExposedField: column, pothosPrismaRelationField: relation } = extensions
  const declared: unknown =
    typeof options === 'object' && options !== null ? Reflect.get(options, 'cacheable') : undefined
  if (typeof declared === 'boolean') return declared
  return typeof column === 'string' || relation !== undefined
}
