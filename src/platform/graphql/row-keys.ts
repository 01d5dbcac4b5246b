import { type GraphQLSchema, isObjectType } from 'graphql'
import { keyFieldsOf } from '../database/data-model.ts'
import { modelOf } from './row-type.ts'

const mark = Symbol('declared columns')

/** The `select` of a type of rows whose fields declare every column that they use, the key too. */
export const declaredColumns: Record<never, true> = { [mark]: true }

let areRead = true

/**
 * plugin-prisma reads the key of every row, to find the row again where a selection needs a second statement. After this, a
 * plan can leave it out, for types that select `declaredColumns`.
 */
export function selectKeysOnDemand(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap()).filter(isObjectType)) {
    // The object that plugin-prisma merges into each selection of this type: the key, and what the type selects.
    const select: unknown = type.extensions.pothosPrismaSelect
    if (typeof select !== 'object' || select === null || !(mark in select)) continue
    for (const field of keyFieldsOf(modelOf(type) ?? ''))
      Object.defineProperty(select, field, { get: () => areRead, enumerable: true })
  }
  return schema
}

/** For a plan of one statement, which needs no keys: they are often longer than the rest of a row. */
export function withoutKeys<Plan>(plan: () => Plan): Plan {
  areRead = false
  try {
    return plan()
  } finally {
    areRead = true
  }
}
