import {
  type FieldNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  getArgumentValues,
  visit,
} from 'graphql'
import { askedBy, beginAsking, endAsking } from '../../database/asking-field.ts'
import { resolverIn } from '../../graphql/declared-resolver.ts'
import { modelOf } from '../../graphql/row-type.ts'
import { SelectionMemo } from '../../graphql/selection-memo.ts'
import { NotCompiled } from './not-compiled.ts'
import { infoOf, type Operation } from './resolve-info.ts'
import type { Read, Run } from './write-response.ts'

/** For resolvers that get no `info`: one that reads it takes the general route. */
const noInfo: GraphQLResolveInfo = new Proxy(Object.create(null), {
  get: () => {
    throw new NotCompiled('a resolver below the root reads info')
  },
})
const noArguments = {}

/** How a compiled operation reads the fields of its document. */
export class FieldReaders {
  readonly #operation: Operation
  #fields = 0

  constructor(operation: Operation) {
    this.#operation = operation
  }

  /** Reads a field of its parent, without plugin-prisma's check for each row that the field was loaded. */
  reader(type: GraphQLObjectType, field: GraphQLField<unknown, unknown>, nodes: readonly FieldNode[]): Read {
    const { pothosExposedField: exposed, pothosConfig: config, pothosPrismaSelect } = field.extensions
    if (typeof exposed === 'string') return (source) => propertyOf(source, exposed)
    const resolve = resolverIn(config)
    // A resolver with a fourth parameter reads `info`. plugin-prisma's own resolvers only pass it on.
    const readsInfo = resolve && resolve.length > 3 && !pothosPrismaSelect
    if (!resolve || (readsInfo && modelOf(type) !== undefined)) {
      throw new NotCompiled(`${field.name} reads more than its parent`)
    }
    const argumentsIn = this.argumentsOf(field, nodes)
    if (!readsInfo)
      return (source, run, position) => {
        const before = beginAsking(position)
        try {
          return resolve(source, argumentsIn(run), run.context, noInfo)
        } finally {
          endAsking(before)
        }
      }
    // A field below no row, such as an object of a mutation's payload: it makes a statement of its own.
    const reading = { parent: type, field, nodes, memo: new SelectionMemo(nodes, this.#operation.fragments) }
    return (source, run, position) => {
      const info = infoOf(this.#operation, reading, position, run.variables)
      return askedBy(position, () => resolve(source, argumentsIn(run), run.context, info))
    }
  }

  argumentsOf(field: GraphQLField<unknown, unknown>, [node]: readonly FieldNode[]): (run: Run) => object {
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

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

export function propertyOf(source: unknown, name: string): unknown {
  const value = isObject(source) ? source[name] : undefined
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

export function fieldOf(
  type: GraphQLObjectType,
  [node]: readonly FieldNode[],
): GraphQLField<unknown, unknown> | undefined {
  return node && type.getFields()[node.name.value]
}
