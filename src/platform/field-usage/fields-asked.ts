import { type DocumentNode, type GraphQLSchema, isIntrospectionType, TypeInfo, visit, visitWithTypeInfo } from 'graphql'

/**
 * The fields that a document names, each with its type, whatever its operation and its variables: without one of them
 * it would not be valid. What tells of the schema and of types themselves is left out, since it is always there.
 */
export function fieldsAskedIn(schema: GraphQLSchema, document: DocumentNode): string[] {
  const typeInfo = new TypeInfo(schema)
  const fields = new Set<string>()
  visit(
    document,
    visitWithTypeInfo(typeInfo, {
      Field: ({ name: { value: name } }) => {
        const type = typeInfo.getParentType()
        if (type && !isIntrospectionType(type) && !name.startsWith('__')) fields.add(`${type.name}.${name}`)
      },
    }),
  )
  return [...fields]
}
