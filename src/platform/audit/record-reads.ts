import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  isObjectType,
} from 'graphql'
import type { Context, OperationAudit } from '../context.ts'
import { keySelection } from '../database/row-key.ts'
import { modelOf, modelReturnedBy, rowKey } from '../graphql/row-type.ts'
import { sensitivityOf } from '../privacy/sensitivity.ts'

type Field = GraphQLField<unknown, Context>

/** Makes each tagged field record that it was read. Fields without a tag are left as they are. */
export function recordReads(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap()).filter(isObjectType)) {
    for (const field of Object.values(type.getFields())) recordReadsOf(type, field)
  }
  return schema
}

function recordReadsOf(type: GraphQLObjectType, field: Field): void {
  const record = readRecorder(type, field)
  if (!record) return
  declareKey(type, field)
  const resolve = field.resolve ?? defaultFieldResolver
  field.resolve = (parent, args, context, info) => {
    const recorded = <Value>(value: Value): Value => {
      record(value, parent, context.audit)
      return value
    }
    const value: unknown = resolve(parent, args, context, info)
    return value instanceof Promise ? value.then(recorded) : recorded(value)
  }
}

/** The record names the row. */
function declareKey(type: GraphQLObjectType, { name, extensions }: Field): void {
  const model = modelOf(type)
  if (model === undefined) return
  const { pothosPrismaSelect: select } = extensions
  if (typeof select === 'function') throw new Error(`${type.name}.${name}: only columns of a row can have a tag`)
  Object.assign(extensions, {
    pothosPrismaSelect: { ...(typeof select === 'object' ? select : {}), ...keySelection(model) },
  })
}

/** Records that a tagged field gave this value of this row; undefined for a field without a tag. */
export function readRecorder(
  type: GraphQLObjectType,
  field: Pick<Field, 'name' | 'type' | 'extensions'>,
): ((value: unknown, parent: unknown, audit: OperationAudit) => void) | undefined {
  if (sensitivityOf(field) === undefined) return undefined
  const name = `${type.name}.${field.name}`
  const subjectType = modelOf(type) ?? modelReturnedBy(field)
  return (value, parent, audit) => {
    // A null reveals nothing.
    if (value !== null && value !== undefined) audit.read(subjectType, rowKey(subjectType, parent), name)
  }
}
