import type { FieldNode, GraphQLField, GraphQLObjectType, GraphQLResolveInfo, OperationDefinitionNode } from 'graphql'
import type { Selecting } from '../../graphql/collect-fields.ts'
import type { CompiledInfo, SelectionMemo } from '../../graphql/selection-memo.ts'
import type { Position } from './write-response.ts'

/** An operation with fixed values of the variables in `@skip` and `@include`. */
export interface Operation extends Selecting {
  definition: OperationDefinitionNode
}

/** A field of the document whose resolver reads the database. */
export interface ReadingField {
  parent: GraphQLObjectType
  field: GraphQLField<unknown, unknown>
  nodes: readonly FieldNode[]
  memo: SelectionMemo
}

/** The `info` that graphql-js would pass to the resolver. */
export function infoOf(
  { schema, definition, fragments }: Operation,
  { parent, field, nodes, memo }: ReadingField,
  position: Pick<Position, 'prev' | 'key'>,
  variables: Record<string, unknown>,
): CompiledInfo {
  return {
    selectionMemo: memo,
    fieldName: field.name,
    fieldNodes: nodes,
    returnType: field.type,
    parentType: parent,
    path: pathOf(position, parent.name),
    schema,
    fragments,
    rootValue: undefined,
    operation: definition,
    variableValues: variables,
  }
}

function pathOf({ prev, key }: Pick<Position, 'prev' | 'key'>, typename?: string): GraphQLResolveInfo['path'] {
  return { prev: prev && pathOf(prev), key, typename }
}
