import { type GraphQLEnumValue, type GraphQLSchema, isEnumType } from 'graphql'
import type { Context } from '../context.ts'

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
  { schema }: Pick<Context, 'schema'>,
): Value[] {
  // Called for each row: an enum has few values, and a set of them would be made anew each time.
  const known = valuesIn(schema, enumName)
  return values.filter((value) => known.some((each) => each.value === value))
}

/** The values that an endpoint has of an enum. */
export function valuesIn(schema: GraphQLSchema, enumName: string): readonly GraphQLEnumValue[] {
  const type = schema.getType(enumName)
  return isEnumType(type) ? type.getValues() : []
}
