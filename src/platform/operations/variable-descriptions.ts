import {
  type DocumentNode,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  Kind,
  TypeInfo,
  type ValueNode,
  visit,
  visitWithTypeInfo,
} from 'graphql'

/** The descriptions of the arguments and input fields that variables are given to, by the names of the variables. */
export function variableDescriptions(schema: GraphQLSchema, document: DocumentNode): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const typeInfo = new TypeInfo(schema)
  const keep = (value: ValueNode, description: string | null | undefined) => {
    if (value.kind === Kind.VARIABLE && description && !found.has(value.name.value))
      found.set(value.name.value, description)
  }
  visit(
    document,
    visitWithTypeInfo(typeInfo, {
      Argument: ({ value }) => keep(value, typeInfo.getArgument()?.description),
      ObjectValue: ({ fields }) => {
        const type = getNamedType(typeInfo.getInputType())
        if (!isInputObjectType(type)) return
        for (const { name, value } of fields) keep(value, type.getFields()[name.value]?.description)
      },
    }),
  )
  return found
}
