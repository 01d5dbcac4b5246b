import type { GraphQLObjectType, GraphQLSchema } from 'graphql'
import { z } from 'zod'
import { fieldsOf, isModel } from '../database/data-model.ts'
import { nodeTypes } from '../graphql/node.ts'
import { ruleOf } from '../graphql/shield.ts'
import { sensitivityOf } from '../privacy/sensitivity.ts'

/** The key that every entity has. */
export const idKey = 'id'

const options = z.object({ keys: z.array(z.string()).default([]) })

/** The types whose objects other subgraphs can refer to: those that `node` finds. Throws for a key that cannot be one. */
export function entityTypes(schema: GraphQLSchema): readonly GraphQLObjectType[] {
  const types = nodeTypes(schema)
  for (const type of types) for (const key of furtherKeysOf(type)) requireKey(type, key)
  return types
}

/** The keys of an entity: its id, and what its `keys` option names. */
export function keysOf(type: GraphQLObjectType): readonly string[] {
  return [idKey, ...furtherKeysOf(type)]
}

function furtherKeysOf({ extensions }: GraphQLObjectType): readonly string[] {
  return options.parse(extensions.pothosOptions ?? {}).keys
}

/** Another type of column refuses some texts, and would make an error of a key that names nothing. */
const textColumns: readonly unknown[] = [undefined, 'Text', 'VarChar']

/** A field with a rule would tell by its key whether a value is in use, to viewers that may not read it. */
function requireKey(type: GraphQLObjectType, key: string): void {
  const field = type.getFields()[key]
  const isOpen = field && ruleOf(type, field) === undefined && sensitivityOf(field) === undefined
  if (isOpen && field.extensions.pothosExposedField === key && isUniqueText(type.name, key)) return
  throw new Error(`${type.name}.${key} cannot be a key: a key is a unique text that the type exposes without a rule`)
}

function isUniqueText(model: string, name: string): boolean {
  const column = isModel(model) ? fieldsOf(model).get(name) : undefined
  if (column?.kind !== 'scalar' || column.type !== 'String') return false
  return column.isUnique && column.isRequired && textColumns.includes(column.nativeType)
}
