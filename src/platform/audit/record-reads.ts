import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isObjectType,
} from 'graphql'
import { requestScope } from '../execution/request-scope.ts'
import { sensitivityOf } from '../privacy/sensitivity.ts'

type Field = GraphQLField<unknown, unknown>

/** Has each tagged field say that it was read. Fields without a tag stay as they are, and cost nothing more. */
export function recordReads(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap()).filter(isObjectType)) {
    for (const field of Object.values(type.getFields())) if (sensitivityOf(field) !== undefined) watch(type, field)
  }
}

function watch(type: GraphQLObjectType, field: Field): void {
  const resolve = field.resolve ?? defaultFieldResolver
  const note = readRecorder(type, field)
  if (!note) return
  const watched = <Value>(value: Value, parent: unknown): Value => {
    note(value, parent)
    return value
  }
  field.resolve = (parent, args, context, info) => {
    const value: unknown = resolve(parent, args, context, info)
    return value instanceof Promise ? value.then((found: unknown) => watched(found, parent)) : watched(value, parent)
  }
}

/** What a tagged field says when it gave this value of this row; undefined for others. */
export function readRecorder(
  type: GraphQLObjectType,
  field: Field,
): ((value: unknown, parent: unknown) => void) | undefined {
  if (sensitivityOf(field) === undefined) return undefined
  const name = `${type.name}.${field.name}`
  const subjectType = modelOf(type) ?? modelReadBy(field)
  return (value, parent) => {
    // Of a row that has no such value nothing was learnt.
    if (value !== null && value !== undefined) requestScope.getStore()?.notes.read(subjectType, rowId(parent), name)
  }
}

/** The model whose rows are of this type: a variant's is that of the type it is a variant of. */
export function modelOf({ extensions }: GraphQLObjectType): string | undefined {
  return typeof extensions.pothosPrismaModel === 'string' ? extensions.pothosPrismaModel : undefined
}

/** What a field of no row gives: a row, or a page of them. */
function modelReadBy(field: Field): string | undefined {
  const given = getNamedType(field.type)
  if (!isObjectType(given)) return undefined
  const edge = getNamedType(given.getFields().edges?.type)
  const node = isObjectType(edge) ? getNamedType(edge.getFields().node?.type) : given
  return isObjectType(node) ? modelOf(node) : undefined
}

/** Each type of rows selects their id, whatever is asked for. */
export function rowId(parent: unknown): string | undefined {
  if (typeof parent !== 'object' || parent === null || !('id' in parent)) return undefined
  return typeof parent.id === 'string' ? parent.id : undefined
}
