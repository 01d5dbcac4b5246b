import {
  type FieldNode,
  type GraphQLObjectType,
  type GraphQLOutputType,
  getNamedType,
  getNullableType,
  isLeafType,
  isListType,
  isObjectType,
  type OperationDefinitionNode,
} from 'graphql'
import { clientError } from '../errors.ts'
import { collectFields, type Selecting } from '../graphql/collect-fields.ts'

/** What the rows of an export look like, by the response keys of the document. */
export interface ExportShape {
  /** The keys of the list, its edges and their nodes. */
  readonly list: string
  readonly edges: string
  readonly node: string
  /** The type of the nodes. */
  readonly typeName: string
  readonly row: ObjectShape
}

export interface ObjectShape {
  readonly fields: readonly FieldShape[]
  /** Whether it has a list, at any depth. */
  readonly hasLists: boolean
}

export type FieldShape =
  | { readonly kind: 'leaf'; readonly key: string; readonly isText: boolean }
  | { readonly kind: 'object'; readonly key: string; readonly shape: ObjectShape }
  | {
      readonly kind: 'list'
      readonly key: string
      /** The keys of edges and node, where the list is a connection. */
      readonly through: readonly [edges: string, node: string] | undefined
      /** Undefined for a list of leaves, and for one of an abstract type. */
      readonly item: ObjectShape | undefined
    }

type Operation = Selecting & { definition: OperationDefinitionNode }

const onePage = ['first', 'last', 'after', 'before']
/** Scalars of these types are numbers, ids or times: no spreadsheet takes their values for formulas. */
const plainTypes = new Set(['Int', 'Float', 'Decimal', 'Boolean', 'ID', 'Date', 'DateTime'])

/** Throws where the operation is not a query of one list and its nodes. */
export function shapeOf(operation: Operation): ExportShape {
  const { schema, definition } = operation
  if (definition.operation !== 'query') throw refused('An export is a query, and not another operation.')
  const query = schema.getQueryType()
  const roots = query ? [...collectFields(operation, query, [definition.selectionSet])] : []
  const [root, ...others] = roots
  const field = root && query?.getFields()[root[1][0]?.name.value ?? '']
  if (!root || !field || others.length > 0 || !isConnection(field.extensions))
    throw refused('The document of an export has one field at its root, which is a list with edges.')
  const [list, nodes] = root
  for (const { name } of nodes.flatMap((node) => node.arguments ?? [])) {
    if (onePage.includes(name.value))
      throw refused(`An export reads the whole list: leave \`${name.value}\` of \`${list}\` out.`)
  }
  const connection = selectionOf(operation, objectType(field.type), nodes)
  const [edges, ...besideEdges] = connection
  if (edges?.name !== 'edges' || besideEdges.length > 0) throw nodesOnly(list)
  const [node, ...besideNode] = selectionOf(operation, objectType(edges.type), edges.nodes)
  if (node?.name !== 'node' || besideNode.length > 0) throw nodesOnly(list)
  const type = objectType(node.type)
  return { list, edges: edges.key, node: node.key, typeName: type.name, row: objectShape(operation, type, node.nodes) }
}

function nodesOnly(list: string) {
  return refused(`Of \`${list}\` an export takes \`edges { node { … } }\`, and nothing beside it.`)
}

function refused(message: string) {
  return clientError('BAD_USER_INPUT', message)
}

interface Selected {
  key: string
  name: string
  nodes: readonly FieldNode[]
  type: GraphQLOutputType
  isConnection: boolean
}

function selectionOf(operation: Operation, type: GraphQLObjectType, nodes: readonly FieldNode[]): Selected[] {
  const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? [])
  return [...collectFields(operation, type, sets)].flatMap(([key, nodes]) => {
    const name = nodes[0]?.name.value ?? ''
    const field = type.getFields()[name]
    return field ? [{ key, name, nodes, type: field.type, isConnection: isConnection(field.extensions) }] : []
  })
}

/** The fields of each row, by the response keys of the document. */
export function objectShape(operation: Operation, type: GraphQLObjectType, nodes: readonly FieldNode[]): ObjectShape {
  const fields = selectionOf(operation, type, nodes).map((selected) => fieldShape(operation, selected))
  const hasLists = fields.some((field) => field.kind === 'list' || (field.kind === 'object' && field.shape.hasLists))
  return { fields, hasLists }
}

function fieldShape(operation: Operation, selected: Selected): FieldShape {
  const { key, nodes } = selected
  const type = getNullableType(selected.type)
  if (isLeafType(type)) return { kind: 'leaf', key, isText: !plainTypes.has(type.name) }
  if (isListType(type)) {
    const item = getNamedType(type)
    return {
      kind: 'list',
      key,
      through: undefined,
      item: isObjectType(item) ? objectShape(operation, item, nodes) : undefined,
    }
  }
  // The type of an interface or union is known for each value only.
  if (!isObjectType(type)) return { kind: 'list', key, through: undefined, item: undefined }
  return (
    (selected.isConnection && connectionShape(operation, key, type, nodes)) || {
      kind: 'object',
      key,
      shape: objectShape(operation, type, nodes),
    }
  )
}

/** Undefined for a connection of which no nodes are selected. */
function connectionShape(
  operation: Operation,
  key: string,
  type: GraphQLObjectType,
  nodes: readonly FieldNode[],
): FieldShape | undefined {
  const edges = selectionOf(operation, type, nodes).find(({ name }) => name === 'edges')
  const below = edges ? selectionOf(operation, objectType(edges.type), edges.nodes) : []
  const node = below.find(({ name }) => name === 'node')
  const ofLink = below.find(({ name }) => name !== 'node' && name !== 'cursor')
  if (ofLink)
    throw refused(`Leave \`${ofLink.key}\` of \`${key}\` out: of the edges of a list an export takes the nodes.`)
  if (!edges || !node) return undefined
  const item = objectShape(operation, objectType(node.type), node.nodes)
  return { kind: 'list', key, through: [edges.key, node.key], item }
}

function objectType(type: GraphQLOutputType): GraphQLObjectType {
  const named = getNamedType(type)
  if (!isObjectType(named)) throw refused('The rows of an export are of one type, and not of an interface or union.')
  return named
}

/** Lists of rows say that their arguments set the page size. */
function isConnection({ pageSize }: { pageSize?: unknown }): boolean {
  return pageSize !== undefined
}
