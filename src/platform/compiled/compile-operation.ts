import {
  type FieldNode,
  type GraphQLError,
  type GraphQLField,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  getArgumentValues,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  locatedError,
  type OperationDefinitionNode,
} from 'graphql'
import { readNote } from '../audit/watch-reads.ts'
import type { Rule } from '../auth/rule.ts'
import { ruleOf } from '../auth/shield.ts'
import { type CollectedFields, collectFields, type Selecting } from '../collect-fields.ts'
import type { Context } from '../context.ts'
import { NotCompiled } from './not-compiled.ts'
import { requireOneUse } from './relation-use.ts'
import { SelectionMemo } from './selection-memo.ts'

/** The variables that decide over what is skipped and included are the same for all that is compiled from this. */
export interface Operation extends Selecting {
  definition: OperationDefinitionNode
}

/** What one execution carries along. */
export interface Run {
  context: Context
  /** Coerced, with defaults. */
  variables: Record<string, unknown>
  /** Arguments by the field's number, coerced once for all rows. */
  arguments: Record<string, unknown>[]
  /** Values that are still to come, each with its place. */
  pending: Promise<void>[]
  errors: GraphQLError[]
}

/** Where a value stands in the answer, from its end. */
interface Place {
  prev: Place | undefined
  key: string | number
}

type Complete = (value: unknown, run: Run, place: Place) => unknown
type Write = (out: Record<string, unknown>, source: unknown, run: Run, place: Place) => void

/** `__typename` at the root. */
interface RootName {
  key: string
  name: string
}

export interface RootField {
  key: string
  field: GraphQLField<unknown, unknown>
  nodes: readonly FieldNode[]
  memo: SelectionMemo
  /** Whether a null takes the whole answer along. */
  nonNull: boolean
  complete: Complete
}

export interface CompiledOperation {
  operation: Operation
  parentType: GraphQLObjectType
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
    const parentType = schema.getQueryType()
    if (!parentType || definition.operation !== 'query') throw new NotCompiled('no query')
    const collected = collectFields(this.#operation, parentType, [definition.selectionSet])
    const fields = [...collected].map(([key, nodes]) => this.#rootField(parentType, key, nodes))
    return { operation: this.#operation, parentType, fields, rules: [...this.#rules], isMistaken: false }
  }

  #rootField(parent: GraphQLObjectType, key: string, nodes: readonly FieldNode[]): RootField | RootName {
    if (nodes[0]?.name.value === '__typename') return { key, name: parent.name }
    const field = fieldOf(parent, nodes)
    if (!field?.resolve) throw new NotCompiled(`${key} has no resolver`)
    const memo = new SelectionMemo(nodes, this.#operation.fragments)
    return { key, field, nodes, memo, nonNull: isNonNullType(field.type), complete: this.#complete(field.type, nodes) }
  }

  #complete(type: GraphQLOutputType, nodes: readonly FieldNode[]): Complete {
    if (isNonNullType(type)) return nonNull(this.#nullable(type.ofType, nodes))
    const complete = this.#nullable(type, nodes)
    return (value, run, place) => (value === null || value === undefined ? null : complete(value, run, place))
  }

  #nullable(type: GraphQLOutputType, nodes: readonly FieldNode[]): Complete {
    if (isLeafType(type)) return leaf(type)
    if (isListType(type)) return list(this.#complete(type.ofType, nodes))
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
      const note = readNote(type, field)
      const read = this.#reader(field, nodes)
      return write({ key, nodes, read, complete, note, nonNull: isNonNullType(field.type) })
    })
  }

  /** What reads a field of its parent, without what plugin-prisma does for each row to know that it has been loaded. */
  #reader(field: GraphQLField<unknown, unknown>, nodes: readonly FieldNode[]): Read {
    const { pothosExposedField: exposed, pothosConfig: config } = field.extensions
    if (typeof exposed === 'string') return (source) => propertyOf(source, exposed)
    const resolve = resolverIn(config)
    // Whoever takes the fourth argument wants to look at the document; plugin-prisma's own only hand it on.
    if (!resolve || (resolve.length > 3 && !field.extensions.pothosPrismaSelect)) {
      throw new NotCompiled(`${field.name} is not read from its parent alone`)
    }
    if (field.args.length === 0) return (source, { context }) => resolve(source, noArguments, context, noInfo)
    const [node] = nodes
    const number = this.#fields++
    if (!node) throw new NotCompiled('a field without a node')
    return (source, run) => {
      run.arguments[number] ??= getArgumentValues(field, node, run.variables)
      return resolve(source, run.arguments[number], run.context, noInfo)
    }
  }
}

type Resolver = (source: unknown, args: object, context: Context, info: GraphQLResolveInfo) => unknown
type Read = (source: unknown, run: Run) => unknown

interface FieldParts {
  key: string
  nodes: readonly FieldNode[]
  read: Read
  complete: Complete
  /** Says that a tagged value was read, as the wrapped resolver would. */
  note: ((value: unknown, parent: unknown) => void) | undefined
  nonNull: boolean
}

function write({ key, nodes, read, complete, note, nonNull }: FieldParts): Write {
  const put = (out: Record<string, unknown>, value: unknown, source: unknown, run: Run, at: Place) => {
    note?.(value, source)
    out[key] = complete(value, run, at)
  }
  /** A field that may be null takes nothing else along; what else an error takes, the general executor knows. */
  const fail = (out: Record<string, unknown>, error: unknown, run: Run, at: Place) => {
    if (nonNull || error instanceof NotCompiled) throw error instanceof NotCompiled ? error : new NotCompiled()
    out[key] = null
    run.errors.push(locatedError(error, nodes, pathTo(at)))
  }
  return (out, source, run, place) => {
    const at = { prev: place, key }
    try {
      const value = read(source, run)
      if (!(value instanceof Promise)) return put(out, value, source, run, at)
      // Its place in the answer is that of the field, whenever it comes.
      out[key] = undefined
      const settled = value.then((found: unknown) => put(out, found, source, run, at))
      run.pending.push(settled.catch((error: unknown) => fail(out, error, run, at)))
    } catch (error) {
      fail(out, error, run, at)
    }
  }
}

/** As the specification writes paths, section 7.1.2. */
function pathTo(place: Place): (string | number)[] {
  const path: (string | number)[] = []
  for (let at: Place | undefined = place; at; at = at.prev) path.unshift(at.key)
  return path
}

function writeConstant(key: string, value: string): Write {
  return (out) => {
    out[key] = value
  }
}

function nonNull(complete: Complete): Complete {
  return (value, run, place) => {
    if (value === null || value === undefined) throw new NotCompiled('a null where there must be none')
    return complete(value, run, place)
  }
}

function leaf(type: GraphQLLeafType): Complete {
  return (value) => {
    if (value instanceof Error) throw value
    return type.serialize(value)
  }
}

function list(complete: Complete): Complete {
  return (value, run, place) => {
    if (!Array.isArray(value)) throw new NotCompiled('a list that is no array')
    return value.map((item: unknown, key) => {
      if (item instanceof Promise) throw new NotCompiled('a list of promises')
      return complete(item, run, { prev: place, key })
    })
  }
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
