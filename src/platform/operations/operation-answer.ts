import { type GraphQLObjectType, getNamedType, isObjectType } from 'graphql'
import type { collectFields, Selecting } from '../graphql/collect-fields.ts'
import type { SelectedField } from './selected-fields.ts'
import { fieldsBelow } from './selected-fields.ts'

/**
 * What of its data an operation responds with, without the envelope: the page of a list is its nodes, and the payload of a
 * mutation is what it changed.
 */
export type OperationAnswer =
  | { readonly kind: 'value'; readonly root: SelectedField }
  | {
      readonly kind: 'page'
      readonly root: SelectedField
      readonly node: SelectedField
      /** Whether it counts the whole list. */
      readonly isCounted: boolean
    }
  | {
      readonly kind: 'payload'
      readonly root: SelectedField
      /** The fields beside `userErrors` and `replayed`. Of one alone the value is the answer. */
      readonly changed: readonly SelectedField[]
    }

/** Finds the answer of an operation, and adds to `problems` what its document must have for that. */
export function operationAnswer(
  selecting: Selecting,
  rootType: GraphQLObjectType,
  root: SelectedField,
  problems: string[],
): OperationAnswer {
  const type = getNamedType(root.type)
  if (!isObjectType(type)) return { kind: 'value', root }
  const below = fieldsBelow(selecting, type, root)
  if (root.isList && below.some(({ key }) => key === 'edges')) return pageAnswer(selecting, root, below, problems)
  if (type.getFields().userErrors && rootType === selecting.schema.getMutationType())
    return payloadAnswer(selecting, root, below, problems)
  return { kind: 'value', root }
}

function pageAnswer(
  selecting: Selecting,
  root: SelectedField,
  below: readonly SelectedField[],
  problems: string[],
): OperationAnswer {
  const edges = below.find(({ key }) => key === 'edges')
  const ofEdges = edges ? fieldsOf(selecting, edges) : []
  const [node, ...beside] = ofEdges
  const others = below.filter(({ key }) => !['edges', 'pageInfo', 'totalCount'].includes(key))
  if (node?.key !== 'node' || beside.length > 0 || others.length > 0)
    problems.push(
      `of \`${root.name}\` it takes \`edges { node { … } }\`, \`pageInfo\` and \`totalCount\`, and nothing else`,
    )
  const pageInfo = below.find(({ key }) => key === 'pageInfo')
  const ends = pageInfo ? fieldsOf(selecting, pageInfo).map(({ key }) => key) : []
  if (!ends.includes('hasNextPage') || !ends.includes('endCursor'))
    problems.push(`of \`${root.name}\` it needs \`pageInfo { hasNextPage endCursor }\`, which lead to the next page`)
  for (const name of ['first', 'after']) {
    if (root.variables.get(name) !== name)
      problems.push(
        `\`${root.name}\` needs the argument \`${name}: $${name}\`, so that clients can ask for further pages`,
      )
  }
  return { kind: 'page', root, node: node ?? root, isCounted: below.some(({ key }) => key === 'totalCount') }
}

function payloadAnswer(
  selecting: Selecting,
  root: SelectedField,
  below: readonly SelectedField[],
  problems: string[],
): OperationAnswer {
  const errors = below.find(({ key }) => key === 'userErrors')
  const said = errors ? fieldsOf(selecting, errors).map(({ key }) => key) : []
  if (!['code', 'message', 'path'].every((key) => said.includes(key)))
    problems.push(`of \`${root.name}\` it needs \`userErrors { code message path }\``)
  const changed = below.filter(({ key }) => key !== 'userErrors' && key !== 'replayed')
  return { kind: 'payload', root, changed }
}

function fieldsOf(selecting: Selecting, field: SelectedField): SelectedField[] {
  const type = getNamedType(field.type)
  return isObjectType(type) ? fieldsBelow(selecting, type, field) : []
}

/** The one field at the root of an operation; undefined where it has another number of them. */
export function rootField(
  selecting: Selecting,
  rootType: GraphQLObjectType,
  selections: Parameters<typeof collectFields>[2],
): SelectedField | undefined {
  const [root, ...others] = fieldsBelow(selecting, rootType, { nodes: [], selections })
  return others.length === 0 ? root : undefined
}
