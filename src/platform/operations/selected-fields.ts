import { type FieldNode, type GraphQLObjectType, type GraphQLOutputType, Kind, type SelectionSetNode } from 'graphql'
import { collectFields, type Selecting } from '../graphql/collect-fields.ts'

/** A field of a document, with its type. */
export interface SelectedField {
  readonly key: string
  readonly name: string
  readonly type: GraphQLOutputType
  readonly description: string | undefined
  readonly nodes: readonly FieldNode[]
  /** Whether its arguments set the size of its page. */
  readonly isList: boolean
  /** The arguments that are variables, each with the name of its variable. */
  readonly variables: ReadonlyMap<string, string>
}

type Above = { readonly nodes: readonly FieldNode[]; readonly selections?: readonly SelectionSetNode[] }

/** The fields that a document selects of an object of this type. */
export function fieldsBelow(selecting: Selecting, type: GraphQLObjectType, above: Above): SelectedField[] {
  const sets = above.selections ?? above.nodes.flatMap(({ selectionSet }) => selectionSet ?? [])
  return [...collectFields(selecting, type, sets)].flatMap(([key, nodes]) => {
    const name = nodes[0]?.name.value ?? ''
    const field = type.getFields()[name]
    if (!field) return []
    const { description, extensions } = field
    return [
      {
        key,
        name,
        type: field.type,
        description: description ?? undefined,
        nodes,
        isList: extensions.pageSize !== undefined,
        variables: variablesOf(nodes[0]),
      },
    ]
  })
}

function variablesOf(node: FieldNode | undefined): ReadonlyMap<string, string> {
  const given = node?.arguments ?? []
  return new Map(
    given.flatMap(({ name, value }) => (value.kind === Kind.VARIABLE ? [[name.value, value.name.value]] : [])),
  )
}
