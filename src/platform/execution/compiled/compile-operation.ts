import {
  type FieldNode,
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLUnionType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import { readRecorder } from '../../audit/record-reads.ts'
import type { Rule } from '../../auth/rule.ts'
import type { Viewer } from '../../auth/viewer.ts'
import { type CollectedFields, collectFields } from '../../graphql/collect-fields.ts'
import { type Resolver, resolverIn } from '../../graphql/declared-resolver.ts'
import { SelectionMemo } from '../../graphql/selection-memo.ts'
import { ruleOf } from '../../graphql/shield.ts'
import { FieldReaders, fieldOf, propertyOf } from './field-readers.ts'
import { NotCompiled } from './not-compiled.ts'
import { requireOneUse } from './relation-use.ts'
import type { Operation, ReadingField } from './resolve-info.ts'
import type { WriteJson } from './write-lines.ts'
import { type Complete, leaf, list, nonNull, type Run, type Write, write, writeConstant } from './write-response.ts'

/** `__typename` at the root. */
interface RootName {
  key: string
  name: string
}

export interface RootField extends ReadingField {
  key: string
  argumentsIn: (run: Run) => object
  /** The plain resolver where the rule allows the viewer, else graphql-shield's, which denies. */
  resolverFor: (viewer: Viewer) => Resolver
  /** A null at a non-null root field makes the whole data null. */
  nullable: boolean
  complete: Complete
}

export interface CompiledOperation {
  operation: Operation
  fields: readonly (RootField | RootName)[]
  /** The rules of all fields below the root. Where one denies, the general route denies field by field. */
  rules: readonly Rule[]
  /** An execution met a value that the compiler did not expect, so the operation takes the general route. */
  isUnusable: boolean
  /** Writes the nodes of the one list at the root, once an export asks; null where they cannot be written as lines. */
  lines: WriteJson | null | undefined
}

/** Throws NotCompiled for a field that the compiler cannot read. */
export function compileOperation(operation: Operation): CompiledOperation {
  return new Compiler(operation).compile()
}

class Compiler {
  readonly #operation: Operation
  readonly #rules = new Set<Rule>()
  readonly #readers: FieldReaders

  constructor(operation: Operation) {
    this.#operation = operation
    this.#readers = new FieldReaders(operation)
  }

  compile(): CompiledOperation {
    const { schema, definition } = this.#operation
    const root = schema.getRootType(definition.operation)
    if (!root) throw new NotCompiled('no root type')
    const collected = collectFields(this.#operation, root, [definition.selectionSet])
    const fields = [...collected].map(([key, nodes]) => this.#rootField(root, key, nodes))
    return { operation: this.#operation, fields, rules: [...this.#rules], isUnusable: false, lines: undefined }
  }

  #rootField(parent: GraphQLObjectType, key: string, nodes: readonly FieldNode[]): RootField | RootName {
    if (nodes[0]?.name.value === '__typename') return { key, name: parent.name }
    const field = fieldOf(parent, nodes)
    if (!field) throw new NotCompiled(`there is no field ${key}`)
    const memo = new SelectionMemo(nodes, this.#operation.fragments)
    const nullable = !isNonNullType(field.type)
    const complete = this.#complete(field.type, nodes)
    const argumentsIn = this.#readers.argumentsOf(field, nodes)
    return {
      key,
      parent,
      field,
      nodes,
      memo,
      argumentsIn,
      resolverFor: rootResolver(parent, field),
      nullable,
      complete,
    }
  }

  #complete(type: GraphQLOutputType, nodes: readonly FieldNode[]): Complete {
    if (isNonNullType(type)) return nonNull(this.#nullable(type.ofType, nodes))
    const complete = this.#nullable(type, nodes)
    return (value, run, position) => (value === null || value === undefined ? null : complete(value, run, position))
  }

  #nullable(type: GraphQLOutputType, nodes: readonly FieldNode[]): Complete {
    if (isLeafType(type)) return leaf(type)
    if (isListType(type)) return list(this.#complete(type.ofType, nodes), !isNonNullType(type.ofType), nodes)
    return isObjectType(type) ? this.#object(type, nodes) : this.#abstract(type, nodes)
  }

  /** The rows of an abstract type name their types, as `node` and `nodes` have them do. */
  #abstract(type: GraphQLInterfaceType | GraphQLUnionType, nodes: readonly FieldNode[]): Complete {
    const possible = this.#operation.schema.getPossibleTypes(type)
    const byName = new Map(possible.map((each) => [each.name, this.#object(each, nodes)]))
    return (source, run, position) => {
      if (source instanceof Error) throw source
      const complete = byName.get(String(propertyOf(source, '__typename')))
      if (!complete) throw new NotCompiled(`a row of ${type.name} with another type`)
      return complete(source, run, position)
    }
  }

  #object(type: GraphQLObjectType, nodes: readonly FieldNode[]): Complete {
    if (type.isTypeOf) throw new NotCompiled('a type with isTypeOf')
    const selections = nodes.flatMap(({ selectionSet }) => selectionSet ?? [])
    const collected = collectFields(this.#operation, type, selections)
    requireOneUse(this.#operation, type, collected)
    const writes = this.#writes(type, collected)
    return (source, run, position) => {
      if (source instanceof Error) throw source
      const target: Record<string, unknown> = {}
      for (const write of writes) write(target, source, run, position)
      return target
    }
  }

  #writes(type: GraphQLObjectType, collected: CollectedFields): Write[] {
    return [...collected].map(([key, nodes]) => {
      if (nodes[0]?.name.value === '__typename') return writeConstant(key, type.name)
      const field = fieldOf(type, nodes)
      if (!field) throw new NotCompiled(`there is no field ${key}`)
      const rule = ruleOf(type, field)
      if (rule) this.#rules.add(rule)
      const complete = this.#complete(field.type, nodes)
      const record = readRecorder(type, field)
      const read = this.#readers.reader(type, field, nodes)
      return write({ key, nodes, read, complete, record, nullable: !isNonNullType(field.type) })
    })
  }
}

/** Skips graphql-shield's wrapper where the rule allows, unless the wrapped resolver records a read of a tagged field. */
function rootResolver(parent: GraphQLObjectType, field: GraphQLField<unknown, unknown>): RootField['resolverFor'] {
  const { resolve: guarded, extensions } = field
  if (!guarded) throw new NotCompiled(`${field.name} has no resolver`)
  const plain = resolverIn(extensions.pothosConfig)
  const rule = ruleOf(parent, field)
  if (!plain || !rule || readRecorder(parent, field)) return () => guarded
  return (viewer) => (rule.allows(viewer) ? plain : guarded)
}
