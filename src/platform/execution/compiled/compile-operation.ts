import {
  type FieldNode,
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLUnionType,
  getArgumentValues,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  visit,
} from 'graphql'
import { readRecorder } from '../../audit/record-reads.ts'
import type { Rule } from '../../auth/rule.ts'
import type { Viewer } from '../../auth/viewer.ts'
import type { Context } from '../../context.ts'
import { type CollectedFields, collectFields } from '../../graphql/collect-fields.ts'
import { modelOf } from '../../graphql/row-type.ts'
import { SelectionMemo } from '../../graphql/selection-memo.ts'
import { ruleOf } from '../../graphql/shield.ts'
import { NotCompiled } from './not-compiled.ts'
import { requireOneUse } from './relation-use.ts'
import { infoOf, type Operation, type ReadingField } from './resolve-info.ts'
import {
  type Complete,
  leaf,
  list,
  nonNull,
  type Read,
  type Run,
  type Write,
  write,
  writeConstant,
} from './write-response.ts'

/** `__typename` at the root. */
interface RootName {
  key: string
  name: string
}

type Resolver = (source: unknown, args: object, context: Context, info: GraphQLResolveInfo) => unknown

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
}

/** Throws NotCompiled for a field that the compiler cannot read. */
export function compileOperation(operation: Operation): CompiledOperation {
  return new Compiler(operation).compile()
}

/** For resolvers that get no `info`: one that reads it takes the general route. */
const noInfo: GraphQLResolveInfo = new Proxy(Object.create(null), {
  get: () => {
    throw new NotCompiled('a resolver below the root reads info')
  },
})
const noArguments = {}

class Compiler {
  readonly #operation: Operation
  readonly #rules = new Set<Rule>()
  #fields = 0

  constructor(operation: Operation) {
    this.#operation = operation
  }

  compile(): CompiledOperation {
    const { schema, definition } = this.#operation
    const root = schema.getRootType(definition.operation)
    if (!root) throw new NotCompiled('no root type')
    const collected = collectFields(this.#operation, root, [definition.selectionSet])
    const fields = [...collected].map(([key, nodes]) => this.#rootField(root, key, nodes))
    return { operation: this.#operation, fields, rules: [...this.#rules], isUnusable: false }
  }

  #rootField(parent: GraphQLObjectType, key: string, nodes: readonly FieldNode[]): RootField | RootName {
    if (nodes[0]?.name.value === '__typename') return { key, name: parent.name }
    const field = fieldOf(parent, nodes)
    if (!field) throw new NotCompiled(`there is no field ${key}`)
    const memo = new SelectionMemo(nodes, this.#operation.fragments)
    const nullable = !isNonNullType(field.type)
    const complete = this.#complete(field.type, nodes)
    const argumentsIn = this.#arguments(field, nodes)
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
      const read = this.#reader(type, field, nodes)
      return write({ key, nodes, read, complete, record, nullable: !isNonNullType(field.type) })
    })
  }

  /** Reads a field of its parent, without plugin-prisma's check for each row that the field was loaded. */
  #reader(type: GraphQLObjectType, field: GraphQLField<unknown, unknown>, nodes: readonly FieldNode[]): Read {
    const { pothosExposedField: exposed, pothosConfig: config, pothosPrismaSelect } = field.extensions
    if (typeof exposed === 'string') return (source) => propertyOf(source, exposed)
    const resolve = resolverIn(config)
    // A resolver with a fourth parameter reads `info`. plugin-prisma's own resolvers only pass it on.
    const readsInfo = resolve && resolve.length > 3 && !pothosPrismaSelect
    if (!resolve || (readsInfo && modelOf(type) !== undefined)) {
      throw new NotCompiled(`${field.name} reads more than its parent`)
    }
    const argumentsIn = this.#arguments(field, nodes)
    if (!readsInfo) return (source, run) => resolve(source, argumentsIn(run), run.context, noInfo)
    // A field below no row, such as an object of a mutation's payload: it makes a statement of its own.
    const reading = { parent: type, field, nodes, memo: new SelectionMemo(nodes, this.#operation.fragments) }
    return (source, run, position) => {
      return resolve(source, argumentsIn(run), run.context, infoOf(this.#operation, reading, position, run.variables))
    }
  }

  #arguments(field: GraphQLField<unknown, unknown>, [node]: readonly FieldNode[]): (run: Run) => object {
    if (field.args.length === 0 || !node) return () => noArguments
    if (!hasVariables(node)) {
      let values: object | undefined
      return () => (values ??= getArgumentValues(field, node))
    }
    const number = this.#fields++
    return (run) => {
      run.arguments[number] ??= getArgumentValues(field, node, run.variables)
      return run.arguments[number]
    }
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

/**
 * The resolver that the field was declared with, before plugins wrapped it; undefined where the wrapper converts arguments,
 * as plugin-relay does with global ids.
 */
function resolverIn(config: unknown): Resolver | undefined {
  if (typeof config !== 'object' || config === null) return undefined
  const [resolve, mappers]: unknown[] = [Reflect.get(config, 'resolve'), Reflect.get(config, 'argMappers')]
  if (Array.isArray(mappers) && mappers.length > 0) return undefined
  return typeof resolve === 'function' ? (resolve as Resolver) : undefined
}

function propertyOf(source: unknown, name: string): unknown {
  const value: unknown = typeof source === 'object' && source !== null ? Reflect.get(source, name) : undefined
  // Undefined means that the statement did not read it.
  if (value === undefined || typeof value === 'function') throw new NotCompiled(`${name} is not there`)
  return value
}

/** Without variables, the arguments are the same for each execution. */
function hasVariables({ arguments: given = [] }: FieldNode): boolean {
  const names: string[] = []
  for (const argument of given) visit(argument, { Variable: ({ name }) => void names.push(name.value) })
  return names.length > 0
}

function fieldOf(type: GraphQLObjectType, [node]: readonly FieldNode[]): GraphQLField<unknown, unknown> | undefined {
  return node && type.getFields()[node.name.value]
}
