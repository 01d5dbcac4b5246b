import {
  type DocumentNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  isAbstractType,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import { sensitivityOf } from '../privacy/sensitivity.ts'

/** The document without fields that have a sensitivity tag, and without objects of which nothing else was selected. */
export function withoutPersonal(schema: GraphQLSchema, document: DocumentNode): DocumentNode {
  const typeInfo = new TypeInfo(schema)
  return visit(
    document,
    visitWithTypeInfo(typeInfo, {
      Field: {
        enter: ({ name }) => (isTagged(schema, typeInfo.getParentType(), name.value) ? null : undefined),
        leave: ({ selectionSet }) => (selectionSet?.selections.length === 0 ? null : undefined),
      },
      InlineFragment: { leave: ({ selectionSet }) => (selectionSet.selections.length === 0 ? null : undefined) },
    }),
  )
}

/** Whether the document selects a field that has a sensitivity tag. */
export function isPersonal(schema: GraphQLSchema, document: DocumentNode): boolean {
  return withoutPersonal(schema, document) !== document
}

function isTagged(schema: GraphQLSchema, parent: GraphQLCompositeType | null | undefined, field: string): boolean {
  if (!parent) return false
  const types = isAbstractType(parent) ? schema.getPossibleTypes(parent) : [parent]
  return types.some((type) => {
    const found = type.getFields()[field]
    return found !== undefined && sensitivityOf(found) !== undefined
  })
}
