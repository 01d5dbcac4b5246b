import type { GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema } from 'graphql'
import { delegateOf } from '../auth/delegate.ts'
import type { Context } from '../context.ts'
import { isModel, type Model, type Row } from '../database/data-model.ts'
import { keySelection, keyTextIn, whereKeys } from '../database/row-key.ts'
import { clientError } from '../errors.ts'
import { isSealed, prefixOf } from './ids.ts'
import { selectionOf } from './selection.ts'

interface NodeId {
  /** The prefix of the id. */
  typename: string
  /** The text of the key. */
  id: string
}

/**
 * Finds nodes of any types, in the order of their ids, with one statement for each type; null where the viewer sees
 * none, and an error where the id is none of a type that is here.
 */
export async function loadNodes(ids: readonly NodeId[], context: Context, info: GraphQLResolveInfo) {
  const byPrefix = Map.groupBy(ids, ({ typename }) => typename)
  const loads = [...byPrefix].map(async ([prefix, group]) => {
    const type = nodeType(prefix, info)
    if (!type) return undefined
    const keys = [...new Set(group.map(({ id }) => id))]
    return { prefix, type, rows: await loadType(type, keys, context, info) }
  })
  const found = new Map<string, Row>()
  const known = new Set<string>()
  for (const loaded of await Promise.all(loads)) {
    if (!loaded) continue
    const { prefix, type, rows } = loaded
    known.add(prefix)
    for (const row of rows) found.set(`${prefix} ${keyTextIn(type.name, row)}`, row)
  }
  return ids.map(({ typename, id }) => (known.has(typename) ? (found.get(`${typename} ${id}`) ?? null) : noId()))
}

async function loadType(type: GraphQLObjectType, keys: string[], context: Context, info: GraphQLResolveInfo) {
  const model = type.name
  if (!isModel(model)) throw new Error(`${model} is a node but no model`)
  return loadRows(model, context, info, { where: whereKeys(model, keys), select: keySelection(model) })
}

/** The rows of a model for a field of an abstract type. They have what the document asks for and the columns of `select`. */
export async function loadRows(
  model: Model,
  context: Context,
  info: GraphQLResolveInfo,
  { where, select }: { where: object; select: Record<string, true> },
): Promise<Row[]> {
  const query = selectionOf(context, info, model, select)
  const rows = await delegateOf(context.db, model).findMany({ ...query, where })
  // An abstract type resolves the type of a row by this property.
  return rows.map((row) => Object.assign(row, { __typename: model }))
}

/** The types whose ids have their key encrypted. */
export function sealedNodeTypes(schema: GraphQLSchema): string[] {
  return nodeTypes(schema)
    .map(({ name }) => name)
    .filter(isSealed)
}

/** The types that `node` finds. */
export function nodeTypes(schema: GraphQLSchema): readonly GraphQLObjectType[] {
  const node = schema.getType('Node')
  return node && 'resolveType' in node ? schema.getPossibleTypes(node) : []
}

function nodeType(prefix: string, { schema }: GraphQLResolveInfo): GraphQLObjectType | undefined {
  return nodeTypes(schema).find(({ name }) => prefixOf(name) === prefix)
}

function noId(): Error {
  return clientError('INVALID_ID', 'This is not an id of anything here; take ids from the `id` field.')
}
