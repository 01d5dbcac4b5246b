import { getNamedType, isObjectType } from 'graphql'
import { type ExportShape, objectShape } from '../bulk/export-shape.ts'
import type { NamedOperation } from '../operations/named-operation.ts'

/** The rows of a list as lines; undefined for what is no list, or has lists in its rows. */
export function csvShape({ answer, selecting, definition }: NamedOperation): ExportShape | undefined {
  if (answer.kind !== 'page') return undefined
  const type = getNamedType(answer.node.type)
  if (!isObjectType(type)) return undefined
  const row = objectShape({ ...selecting, definition }, type, answer.node.nodes)
  return row.hasLists ? undefined : { list: answer.root.key, edges: 'edges', node: 'node', typeName: type.name, row }
}
