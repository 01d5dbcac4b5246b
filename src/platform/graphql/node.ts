import type { GraphQLObjectType, GraphQLResolveInfo } from 'graphql'
import { delegateOf } from '../auth/delegate.ts'
import type { Context } from '../context.ts'
import { isModel, type Row } from '../database/data-model.ts'
import { clientError } from '../errors.ts'
import { prefixOf } from './ids.ts'
import { selectionOf } from './selection.ts'

interface NodeId {
  /** The prefix of the id. */
  typename: string
  id: string
}

/**
 * Finds nodes of any types, in the order of their ids, with one statement for each type; null where the viewer sees
 * none.
 */
export async function loadNodes(ids: readonly NodeId[], context: Context, info: GraphQLResolveInfo) {
  const byPrefix = Map.groupBy(ids, ({ typename }) => typename)
  const loads = [...byPrefix].map(async ([prefix, group]) => {
    const type = nodeType(prefix, info)
    const uuids = [...new Set(group.map(({ id }) => id))]
    return { prefix, rows: await loadType(type, uuids, context, info) }
  })
  const found = new Map<string, Row>()
  for (const { prefix, rows } of await Promise.all(loads)) {
    for (const row of rows) found.set(`${prefix} ${String(row.id)}`, row)
  }
  return ids.map(({ typename, id }) => found.get(`${typename} ${id}`) ?? null)
}

async function loadType(type: GraphQLObjectType, uuids: string[], context: Context, info: GraphQLResolveInfo) {
  const model = type.name
  if (!isModel(model)) throw new Error(`${model} is a node but no model`)
  const query = selectionOf(context, info, model, { id: true })
  const rows = await delegateOf(context.db, model).findMany({ ...query, where: { id: { in: uuids } } })
  // The Node interface resolves its type by this property.
  return rows.map((row) => Object.assign(row, { __typename: model }))
}

function nodeType(prefix: string, { schema }: GraphQLResolveInfo): GraphQLObjectType {
  const node = schema.getType('Node')
  const types = node && 'resolveType' in node ? schema.getPossibleTypes(node) : []
  const type = types.find(({ name }) => prefixOf(name) === prefix)
  if (type) return type
  throw clientError('INVALID_ID', 'This is not an id of anything here; take ids from the `id` field.')
}
