import { type GraphQLEnumType, type GraphQLResolveInfo, isEnumType } from 'graphql'

/** Which endpoints have a value of an enum; without them each that has the enum. */
export interface EnumValueExtensions extends Record<string, unknown> {
  /** Those of these audiences. */
  subGraphs?: readonly string[]
  /** Those that have this type, or this field at the root: `Thing`, `Mutation.thingCreate`. */
  of?: string | undefined
}

/**
 * Of these values those that the endpoint has. A resolver that makes values by itself may have others.
 * @public
 */
export function valuesServed<Value>(
  enumName: string,
  values: readonly Value[],
  { schema }: GraphQLResolveInfo,
): Value[] {
  const known = new Set(valuesIn(schema.getType(enumName)).map(({ value }) => value))
  return values.filter((value) => known.has(value))
}

function valuesIn(type: unknown): ReturnType<GraphQLEnumType['getValues']> {
  return isEnumType(type) ? type.getValues() : []
}
