import { type DocumentNode, type GraphQLSchema, isIntrospectionType, TypeInfo, visit, visitWithTypeInfo } from 'graphql'

/**
 * Every field that a document names, with its type, in all its operations: the document needs all of them to be valid.
 * Introspection fields are left out.
 */
export function fieldsIn(schema: GraphQLSchema, document: DocumentNode): string[] {
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
