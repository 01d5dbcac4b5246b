import { type GraphQLInputType, getNullableType, isInputObjectType, isLeafType, isListType } from 'graphql'
import type { RestValues } from '../operations/client-directives.ts'
import type { NamedOperation, OperationVariable } from '../operations/named-operation.ts'

/** A named operation that is served at a path. */
export interface RestOperation extends NamedOperation {
  readonly rest: RestValues
  /** `['things', { variable: 'id' }]` */
  readonly segments: readonly Segment[]
  readonly inPath: readonly OperationVariable[]
  readonly inQuery: readonly OperationVariable[]
  /** The members of the JSON body. */
  readonly inBody: readonly OperationVariable[]
}

type Segment = string | { readonly variable: string }

/** Paths that the API itself has. */
const reserved = ['/', '/openapi.json']

/** The operations that are served at paths. Throws for one that cannot be, with its name. */
export function restOperations(operations: readonly NamedOperation[]): RestOperation[] {
  return operations.flatMap((operation) => {
    const { name, rest } = operation
    if (!rest) return []
    const made = restOperation(operation, rest)
    const fault = faultOf(made)
    if (fault) throw new Error(`${name}: \`@rest\`: ${fault}`)
    return [made]
  })
}

function restOperation(operation: NamedOperation, rest: RestValues): RestOperation {
  const segments = rest.path.split('/').slice(1).map(segmentOf)
  const names = segments.flatMap((segment) => (typeof segment === 'string' ? [] : [segment.variable]))
  const inPath = operation.variables.filter(({ name }) => names.includes(name))
  const others = operation.variables.filter((variable) => !inPath.includes(variable))
  const isGet = rest.method === 'GET'
  return { ...operation, rest, segments, inPath, inQuery: isGet ? others : [], inBody: isGet ? [] : others }
}

function segmentOf(text: string): Segment {
  const variable = /^\{(\w+)\}$/.exec(text)?.[1]
  return variable === undefined ? text : { variable }
}

function faultOf({ type, rest: { method, path }, segments, inPath, inQuery }: RestOperation): string | undefined {
  if ((type === 'query') !== (method === 'GET')) return 'a query is a GET, and a mutation is none'
  if (!/^(\/(\w[\w.~-]*|\{\w+\}))+$/.test(path) || reserved.includes(path))
    return `${path} is no path such as /things/{id}, in letters, digits and dashes`
  const named = segments.filter((segment) => typeof segment !== 'string')
  if (named.length !== inPath.length) return `each name in braces of ${path} is a variable, once`
  const optional = inPath.find(({ type: of, isRequired }) => !isRequired || !isLeafType(of))
  if (optional) return `\`$${optional.name}\` is in the path, and so it is required and one value`
  const nested = inQuery.find(({ type: of }) => !fitsQueryString(of))
  return nested && `\`$${nested.name}\` is too deep for a query string: declare its parts as variables`
}

/** A value, a list of values, or an object of these. */
function fitsQueryString(type: GraphQLInputType): boolean {
  if (isOneOrMany(type)) return true
  const named = getNullableType(type)
  return isInputObjectType(named) && Object.values(named.getFields()).every(({ type: ofField }) => isOneOrMany(ofField))
}

function isOneOrMany(type: GraphQLInputType): boolean {
  const nullable = getNullableType(type)
  return isLeafType(isListType(nullable) ? getNullableType(nullable.ofType) : nullable)
}
