import {
  type GraphQLField,
  type GraphQLObjectType,
  getNamedType,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
} from 'graphql'
import { schema } from '../../../src/schema.ts'

/** The number of rows of each connection that are checked. */
const pageSize = 3

export interface Selection {
  /** `{ id webhook { id apiKey { id } } }` */
  text: string
  /** Every field path in it: `delivery.webhook.apiKey.id`. */
  paths: string[]
}

/**
 * Everything that can be selected of a type, `steps` objects with ids deep: connections, edges and plain values do not
 * count. No field occurs twice on a path, so that it ends.
 */
export function selectionOf(type: GraphQLObjectType, steps: number, path: string, passed: string[] = []): Selection {
  const parts: string[] = []
  const paths: string[] = []
  for (const field of Object.values(type.getFields())) {
    const key = `${type.name}.${field.name}`
    if (passed.includes(key)) continue
    const here = `${path}.${field.name}`
    const below = belowOf(field, steps, here, [...passed, key])
    if (!below) continue
    parts.push(`${field.name}${argumentsOf(field)} ${below.text}`)
    paths.push(here, ...below.paths)
  }
  return { text: `{ ${parts.join(' ')} }`, paths }
}

function belowOf(field: GraphQLField<unknown, unknown>, steps: number, path: string, passed: string[]) {
  const type = getNamedType(field.type)
  if (isLeafType(type)) return { text: '', paths: [] }
  if (!isObjectType(type)) return undefined
  // A viewer is no row, although it has an id.
  const left = 'id' in type.getFields() && type.name !== 'Viewer' ? steps - 1 : steps
  return left < 0 ? undefined : selectionOf(type, left, path, passed)
}

function argumentsOf({ name, args }: GraphQLField<unknown, unknown>): string {
  // No field below the root has a required argument. A future one must get its value here.
  if (args.some(isRequiredArgument)) throw new Error(`${name} has arguments that must be given`)
  return args.some(({ name }) => name === 'first') ? `(first: ${pageSize})` : ''
}

export interface Visit {
  /** `webhooks.edges.node.apiKey` */
  path: string
  type: GraphQLObjectType
  field: GraphQLField<unknown, unknown>
  value: unknown
  object: Record<string, unknown>
}

/** Every field of a response with its path. Lists are flattened. */
export function* visitsOf(type: GraphQLObjectType, object: unknown, path: string): Generator<Visit> {
  if (!isRecord(object)) return
  for (const [name, value] of Object.entries(object)) {
    const field = type.getFields()[name]
    if (!field) continue
    const here = path ? `${path}.${name}` : name
    yield { path: here, type, field, value, object }
    for (const item of isListType(nullable(field)) && Array.isArray(value) ? value : [value]) {
      const below = typeOf(item, field)
      if (below) yield* visitsOf(below, item, here)
    }
  }
}

/** The object's own `__typename`, which must be selected on an abstract type. */
function typeOf(item: unknown, { type }: GraphQLField<unknown, unknown>): GraphQLObjectType | undefined {
  const named = getNamedType(type)
  if (isObjectType(named)) return named
  if (!isAbstractType(named) || !isRecord(item)) return undefined
  const own = schema.getType(String(item.__typename))
  if (!isObjectType(own)) throw new Error(`a ${named.name} without its __typename`)
  return own
}

function nullable({ type }: GraphQLField<unknown, unknown>) {
  return isNonNullType(type) ? type.ofType : type
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
