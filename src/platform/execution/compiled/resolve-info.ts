import type { FieldNode, GraphQLField, GraphQLObjectType, GraphQLResolveInfo, OperationDefinitionNode } from 'graphql'
import type { Selecting } from '../../graphql/collect-fields.ts'
import type { CompiledInfo, SelectionMemo } from '../../graphql/selection-memo.ts'
import type { Place } from './write-response.ts'

/** The variables that decide over what is skipped and included are the same for all that is compiled from this. */
export interface Operation extends Selecting {
  definition: OperationDefinitionNode
}

/** A field of the document that is resolved by a read of its own. */
export interface FieldPlace {
  parent: GraphQLObjectType
  field: GraphQLField<unknown, unknown>
  nodes: readonly FieldNode[]
  memo: SelectionMemo
}

/** What the executor would tell a resolver of where it stands. */
export function infoOf(
  { schema, definition, fragments }: Operation,
  { parent, field, nodes, memo }: FieldPlace,
  place: Pick<Place, 'prev' | 'key'>,
  variables: Record<string, unknown>,
): CompiledInfo {
  return {
    selectionMemo: memo,
    fieldName: field.name,
    fieldNodes: nodes,
    returnType: field.type,
    parentType: parent,
    path: pathOf(place, parent.name),
    schema,
    fragments,
    rootValue: undefined,
    operation: definition,
    variableValues: variables,
  }
}

function pathOf({ prev, key }: Pick<Place, 'prev' | 'key'>, typename?: string): GraphQLResolveInfo['path'] {
  return { prev: prev && pathOf(prev), key, typename }
}
