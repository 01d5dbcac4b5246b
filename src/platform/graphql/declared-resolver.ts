import type { GraphQLResolveInfo } from 'graphql'
import type { Context } from '../context.ts'

export type Resolver = (source: unknown, args: object, context: Context, info: GraphQLResolveInfo) => unknown

/**
 * The resolver that the field was declared with, before plugins wrapped it; undefined where the wrapper converts arguments,
 * as plugin-relay does with global ids.
 */
export function resolverIn(config: unknown): Resolver | undefined {
  if (typeof config !== 'object' || config === null) return undefined
  const [resolve, mappers]: unknown[] = [Reflect.get(config, 'resolve'), Reflect.get(config, 'argMappers')]
  if (Array.isArray(mappers) && mappers.length > 0) return undefined
  return typeof resolve === 'function' ? (resolve as Resolver) : undefined
}
