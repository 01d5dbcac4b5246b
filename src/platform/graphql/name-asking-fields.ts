import { type GraphQLSchema, isObjectType } from 'graphql'
import type { Context } from '../context.ts'
import { askedBy } from '../database/asking-field.ts'

/** Makes each field with a resolver of its own known as the one that asks for the statements that it sends. */
export function nameAskingFields(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap()).filter(isObjectType)) {
    for (const field of Object.values(type.getFields())) {
      const { resolve, extensions } = field
      if (!resolve || typeof extensions.pothosExposedField === 'string') continue
      field.resolve = (source: unknown, args: object, context: Context, info) =>
        askedBy(info.path, () => resolve(source, args, context, info))
    }
  }
  return schema
}
