import {
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
} from 'graphql'
import { z } from 'zod'

/** A deprecated part of the schema. */
export interface Deprecation {
  kind: 'field' | 'argument' | 'input field' | 'enum value'
  /** As graphql-inspector writes it: `Order.total`, `Query.orders.first`. */
  path: string
  reason: string
  /** The last day of the promise; undefined where the reason names none. */
  promisedUntil: string | undefined
}

interface Part {
  name: string
  deprecationReason?: string | null | undefined
}

/** Every deprecated part of the schema, in the order of its types. */
export function deprecationsIn(schema: GraphQLSchema): Deprecation[] {
  return Object.values(schema.getTypeMap())
    .filter((type) => !isIntrospectionType(type))
    .flatMap(deprecationsOf)
}

function deprecationsOf(type: GraphQLNamedType): Deprecation[] {
  if (isEnumType(type)) return deprecated('enum value', type.name, type.getValues())
  if (isInputObjectType(type)) return deprecated('input field', type.name, Object.values(type.getFields()))
  if (!isObjectType(type) && !isInterfaceType(type)) return []
  const fields = Object.values(type.getFields())
  return [
    ...deprecated('field', type.name, fields),
    ...fields.flatMap(({ name, args }) => deprecated('argument', `${type.name}.${name}`, args)),
  ]
}

function deprecated(kind: Deprecation['kind'], of: string, parts: readonly Part[]): Deprecation[] {
  return parts.flatMap(({ name, deprecationReason: reason }) => {
    return typeof reason === 'string' ? [{ kind, path: `${of}.${name}`, reason, promisedUntil: lastDayIn(reason) }] : []
  })
}

/** `Use subtotal; removed after 2027-06-30`, with a valid date. */
function lastDayIn(reason: string): string | undefined {
  return z.iso.date().safeParse(/\bremoved after (\d{4}-\d{2}-\d{2})\b/.exec(reason)?.[1]).data
}
