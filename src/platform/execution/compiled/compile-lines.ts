import {
  type FieldNode,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLUnionType,
  getNamedType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import { readRecorder } from '../../audit/record-reads.ts'
import { collectFields } from '../../graphql/collect-fields.ts'
import { resolverIn } from '../../graphql/declared-resolver.ts'
import { prefixOfUuids } from '../../graphql/ids.ts'
import { FieldReaders, fieldOf, propertyOf } from './field-readers.ts'
import { NotCompiled } from './not-compiled.ts'
import type { Operation, ReadingField } from './resolve-info.ts'
import {
  constantJson,
  fieldJson,
  leafJson,
  listJson,
  nonNullJson,
  nullableJson,
  objectJson,
  uuidJson,
  type WriteField,
  type WriteJson,
} from './write-lines.ts'

/**
 * Writes the nodes of a list as JSON, without the objects of a response. The compiled operation has checked the document.
 * Throws NotCompiled where it is no list of edges.
 */
export function compileLines(operation: Operation, root: ReadingField): WriteJson {
  return new LineCompiler(operation).nodesOf(root)
}

class LineCompiler {
  readonly #operation: Operation
  readonly #readers: FieldReaders

  constructor(operation: Operation) {
    this.#operation = operation
    this.#readers = new FieldReaders(operation)
  }

  nodesOf({ field, nodes }: ReadingField): WriteJson {
    const edges = this.#below(field.type, nodes, 'edges')
    const node = this.#below(edges.type, edges.nodes, 'node')
    return this.#complete(node.type, node.nodes)
  }

  #below(above: GraphQLOutputType, nodes: readonly FieldNode[], name: string) {
    const type = getNamedType(above)
    const selected = isObjectType(type) ? [...this.#collected(type, nodes).values()] : []
    const below = selected.find(([node]) => node?.name.value === name)
    const field = isObjectType(type) && below ? fieldOf(type, below) : undefined
    if (!below || !field) throw new NotCompiled('lines of a field without edges')
    return { type: field.type, nodes: below }
  }

  #collected(type: GraphQLObjectType, nodes: readonly FieldNode[]) {
    return collectFields(
      this.#operation,
      type,
      nodes.flatMap(({ selectionSet }) => selectionSet ?? []),
    )
  }

  #complete(type: GraphQLOutputType, nodes: readonly FieldNode[]): WriteJson {
    return isNonNullType(type)
      ? nonNullJson(this.#nullable(type.ofType, nodes))
      : nullableJson(this.#nullable(type, nodes))
  }

  #nullable(type: GraphQLOutputType, nodes: readonly FieldNode[]): WriteJson {
    if (isLeafType(type)) return leafJson(type)
    if (isListType(type)) return listJson(this.#complete(type.ofType, nodes), !isLeafType(getNamedType(type)))
    return isObjectType(type) ? this.#object(type, nodes) : this.#abstract(type, nodes)
  }

  #abstract(type: GraphQLInterfaceType | GraphQLUnionType, nodes: readonly FieldNode[]): WriteJson {
    const possible = this.#operation.schema.getPossibleTypes(type)
    const byName = new Map(possible.map((each) => [each.name, this.#object(each, nodes)]))
    return (source, run) => {
      const complete = byName.get(String(propertyOf(source, '__typename')))
      if (!complete) throw new NotCompiled(`a row of ${type.name} with another type`)
      complete(source, run)
    }
  }

  #object(type: GraphQLObjectType, nodes: readonly FieldNode[]): WriteJson {
    return objectJson([...this.#collected(type, nodes)].map(([key, nodes]) => [key, this.#field(type, key, nodes)]))
  }

  #field(type: GraphQLObjectType, key: string, nodes: readonly FieldNode[]): WriteField {
    if (nodes[0]?.name.value === '__typename') return constantJson(type.name)
    const field = fieldOf(type, nodes)
    if (!field) throw new NotCompiled(`there is no field ${key}`)
    const record = readRecorder(type, field)
    const prefix = record ? undefined : prefixOfUuids(resolverIn(field.extensions.pothosConfig))
    if (prefix !== undefined) return uuidJson(prefix)
    return fieldJson({
      read: this.#readers.reader(type, field, nodes),
      complete: this.#complete(field.type, nodes),
      record,
    })
  }
}
