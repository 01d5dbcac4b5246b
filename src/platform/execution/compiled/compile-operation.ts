import {
  type FieldNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  getArgumentValues,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
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
import { type FieldPlace, infoOf, type Operation } from './resolve-info.ts'
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

export interface RootField extends FieldPlace {
  key: string
  /** Reads for who asks. graphql-shield's wrapping is left out where the rule allows, and says no where it does not. */
  resolverFor: (viewer: Viewer) => Resolver
  /** Otherwise a null takes the whole answer along. */
  nullable: boolean
  complete: Complete
}

export interface CompiledOperation {
  operation: Operation
  fields: readonly (RootField | RootName)[]
  /** The rules of all fields below the root: where one does not allow, the general executor says so field by field. */
  rules: readonly Rule[]
  /** An answer was not as it was thought to be: it is not tried again. */
  isMistaken: boolean
}

/** Throws NotCompiled where there is a field whose reading is not understood. */
export function compileOperation(operation: Operation): CompiledOperation {
  return new Compiler(operation).compile()
}

/** A resolver that looks at it knows of the document, and is left to the general executor. */
const noInfo: GraphQLResolveInfo = new Proxy(Object.create(null), {
  get: () => {
    throw new NotCompiled('a resolver below the root looks at the document')
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
    if (!root || definition.operation === 'subscription') throw new NotCompiled('neither query nor mutation')
    const collected = collectFields(this.#operation, root, [definition.selectionSet])
    const fields = [...collected].map(([key, nodes]) => this.#rootField(root, key, nodes))
    return { operation: this.#operation, fields, rules: [...this.#rules], isMistaken: false }
  }

  #rootField(parent: GraphQLObjectType, key: string, nodes: readonly FieldNode[]): RootField | RootName {
    if (nodes[0]?.name.value === '__typename') return { key, name: parent.name }
    const field = fieldOf(parent, nodes)
    if (!field) throw new NotCompiled(`there is no field ${key}`)
    const memo = new SelectionMemo(nodes, this.#operation.fragments)
    const nullable = !isNonNullType(field.type)
    const complete = this.#complete(field.type, nodes)
    return { key, parent, field, nodes, memo, resolverFor: rootResolver(parent, field), nullable, complete }
  }

  #complete(type: GraphQLOutputType, nodes: readonly FieldNode[]): Complete {
    if (isNonNullType(type)) return nonNull(this.#nullable(type.ofType, nodes))
    const complete = this.#nullable(type, nodes)
    return (value, run, place) => (value === null || value === undefined ? null : complete(value, run, place))
  }

  #nullable(type: GraphQLOutputType, nodes: readonly FieldNode[]): Complete {
    if (isLeafType(type)) return leaf(type)
    if (isListType(type)) return list(this.#complete(type.ofType, nodes), !isNonNullType(type.ofType), nodes)
    if (isObjectType(type)) return this.#object(type, nodes)
    throw new NotCompiled('its type is known by its value only')
  }

  #object(type: GraphQLObjectType, nodes: readonly FieldNode[]): Complete {
    if (type.isTypeOf) throw new NotCompiled('its type is to be asked of its value')
    const selections = nodes.flatMap(({ selectionSet }) => selectionSet ?? [])
    const collected = collectFields(this.#operation, type, selections)
    requireOneUse(this.#operation, type, collected)
    const writes = this.#writes(type, collected)
    return (source, run, place) => {
      if (source instanceof Error) throw source
      const out: Record<string, unknown> = {}
      for (const write of writes) write(out, source, run, place)
      return out
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

  /** What reads a field of its parent, without what plugin-prisma does for each row to know that it has been loaded. */
  #reader(type: GraphQLObjectType, field: GraphQLField<unknown, unknown>, nodes: readonly FieldNode[]): Read {
    const { pothosExposedField: exposed, pothosConfig: config, pothosPrismaSelect } = field.extensions
    if (typeof exposed === 'string') return (source) => propertyOf(source, exposed)
    const resolve = resolverIn(config)
    // Whoever takes the fourth argument wants to look at the document; plugin-prisma's own only hand it on.
    const looks = resolve && resolve.length > 3 && !pothosPrismaSelect
    if (!resolve || (looks && modelOf(type) !== undefined)) {
      throw new NotCompiled(`${field.name} is not read from its parent alone`)
    }
    const argumentsIn = this.#arguments(field, nodes)
    if (!looks) return (source, run) => resolve(source, argumentsIn(run), run.context, noInfo)
    // What a mutation has changed, or who asks: a read of its own, below no row.
    const place = { parent: type, field, nodes, memo: new SelectionMemo(nodes, this.#operation.fragments) }
    return (source, run, at) => {
      return resolve(source, argumentsIn(run), run.context, infoOf(this.#operation, place, at, run.variables))
    }
  }

  #arguments(field: GraphQLField<unknown, unknown>, [node]: readonly FieldNode[]): (run: Run) => object {
    if (field.args.length === 0 || !node) return () => noArguments
    const number = this.#fields++
    return (run) => {
      run.arguments[number] ??= getArgumentValues(field, node, run.variables)
      return run.arguments[number]
    }
  }
}

/** What the field was given is called where its rule allows and no tag has it tell the audit trail. */
function rootResolver(parent: GraphQLObjectType, field: GraphQLField<unknown, unknown>): RootField['resolverFor'] {
  const { resolve: guarded, extensions } = field
  if (!guarded) throw new NotCompiled(`${field.name} has no resolver`)
  const plain = resolverIn(extensions.pothosConfig)
  const rule = ruleOf(parent, field)
  if (!plain || !rule || readRecorder(parent, field)) return () => guarded
  return (viewer) => (rule.allows(viewer) ? plain : guarded)
}

/** What the field was given, before plugins wrapped it. */
function resolverIn(config: unknown): Resolver | undefined {
  const resolve: unknown = typeof config === 'object' && config !== null ? Reflect.get(config, 'resolve') : undefined
  return typeof resolve === 'function' ? (resolve as Resolver) : undefined
}

function propertyOf(source: unknown, name: string): unknown {
  const value: unknown = typeof source === 'object' && source !== null ? Reflect.get(source, name) : undefined
  // What was not read from the database is not null: somebody must read it.
  if (value === undefined || typeof value === 'function') throw new NotCompiled(`${name} is not there`)
  return value
}

function fieldOf(type: GraphQLObjectType, [node]: readonly FieldNode[]): GraphQLField<unknown, unknown> | undefined {
  return node && type.getFields()[node.name.value]
}
