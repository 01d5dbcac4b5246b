import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  isIntrospectionType,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
} from 'graphql'
import type { ListSize } from './list-size.ts'

/**
 * The cost of each introspection field, scalars too: they are long texts, and read no row. The standard introspection query
 * then costs about 2,000 points, so that a document can have it twice within the limit, and not thirty times.
 */
export const introspectionWeight = 1 / 8

/** The size of each list, assumed for every schema: a larger schema costs its clients no more. */
const assumed: Readonly<Record<string, number>> = {
  types: 100,
  directives: 5,
  fields: 5,
  args: 1,
  inputFields: 2,
  enumValues: 2,
  interfaces: 1,
  possibleTypes: 1,
  // Most types wrap no other type.
  ofType: 0.5,
}

const metaFields = [SchemaMetaFieldDef, TypeMetaFieldDef]

/** A field of introspection, which the types of the schema do not list. */
export function introspectionField(
  schema: GraphQLSchema,
  parent: GraphQLObjectType,
  name: string,
): GraphQLField<unknown, unknown> | undefined {
  if (parent === schema.getQueryType()) return metaFields.find((field) => field.name === name)
  if (!isIntrospectionType(parent)) return undefined
  return name === TypeNameMetaFieldDef.name ? TypeNameMetaFieldDef : parent.getFields()[name]
}

export function introspectionSize({ name }: GraphQLField<unknown, unknown>): ListSize | undefined {
  const size = assumed[name]
  return size === undefined ? undefined : { assumed: size, largest: Number.POSITIVE_INFINITY, sizes: [] }
}
