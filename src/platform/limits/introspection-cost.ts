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
 * What a field costs that tells of the schema, scalars too: they are texts, and no row is read for them. With it the
 * query that tools send costs some two thousand, so that a document has it twice within the limit, and not thirty times.
 */
export const introspectionWeight = 1 / 8

/**
 * How many there are, in a schema that is taken for every schema: a larger one is not dearer, since its clients ask for
 * all of it too.
 */
const assumed: Readonly<Record<string, number>> = {
  types: 100,
  directives: 5,
  fields: 5,
  args: 1,
  inputFields: 2,
  enumValues: 2,
  interfaces: 1,
  possibleTypes: 1,
  // Most types that are asked for it wrap nothing.
  ofType: 0.5,
}

const metaFields = [SchemaMetaFieldDef, TypeMetaFieldDef]

/** A field of introspection, which no type of the schema lists among its own. */
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
