import { type GraphQLField, type GraphQLObjectType, getNamedType, isObjectType } from 'graphql'
import { keyTextIn } from '../database/row-key.ts'

/** The model whose rows are of this type. A variant has the model of the type it is a variant of. */
export function modelOf({ extensions }: GraphQLObjectType): string | undefined {
  return typeof extensions.pothosPrismaModel === 'string' ? extensions.pothosPrismaModel : undefined
}

/** The model of the rows that a field returns: one row, or a connection of them. */
export function modelReturnedBy(field: Pick<GraphQLField<unknown, unknown>, 'type'>): string | undefined {
  const returned = getNamedType(field.type)
  if (!isObjectType(returned)) return undefined
  const edge = getNamedType(returned.getFields().edges?.type)
  const node = isObjectType(edge) ? getNamedType(edge.getFields().node?.type) : returned
  return isObjectType(node) ? modelOf(node) : undefined
}

/** The text of the key of a row, where it was read. */
export function rowKey(model: string | undefined, parent: unknown): string | undefined {
  if (model === undefined || typeof parent !== 'object' || parent === null) return undefined
  return keyTextIn(model, parent)
}
