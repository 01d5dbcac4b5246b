import {
  type DocumentNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isObjectType,
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

function isTagged(schema: GraphQLSchema, parent: unknown, field: string): boolean {
  return objectTypes(schema, parent).some((type) => {
    const found = isObjectType(type) ? type.getFields()[field] : undefined
    return found !== undefined && sensitivityOf(found) !== undefined
  })
}

function objectTypes(schema: GraphQLSchema, parent: unknown): readonly GraphQLNamedType[] {
  const type = parent instanceof Object ? getNamedType(parent as GraphQLNamedType) : undefined
  if (!type) return []
  return isAbstractType(type) ? schema.getPossibleTypes(type) : [type]
}
