import { type FieldNode, type GraphQLError, type GraphQLLeafType, locatedError } from 'graphql'
import type { readRecorder } from '../../audit/record-reads.ts'
import type { Context } from '../../context.ts'
import { withoutStack } from '../../errors.ts'
import { NotCompiled } from './not-compiled.ts'

/** The state of one execution. */
export interface Run {
  context: Context
  /** What the root fields are resolved from: the event of a subscription. */
  rootValue: unknown
  /** Coerced, with defaults. */
  variables: Record<string, unknown>
  /** Arguments by the field's number, coerced once for all rows. */
  arguments: Record<string, unknown>[]
  /** Values under way. Each writes itself into the response. */
  pending: Promise<void>[]
  errors: GraphQLError[]
}

/** A position in the response, linked from its end. */
export interface Position {
  prev: Position | undefined
  key: string | number
  /** The object or list of the response that has this key. */
  parent: object
  /** Whether a null may stand here. */
  nullable: boolean
}

export type Read = (source: unknown, run: Run, position: Position) => unknown
export type Complete = (value: unknown, run: Run, position: Position) => unknown
export type Write = (target: Record<string, unknown>, source: unknown, run: Run, parent: Position) => void

interface FieldParts {
  key: string
  nodes: readonly FieldNode[]
  read: Read
  complete: Complete
  /** Records that a tagged value was read, as the wrapped resolver does. */
  record: ReturnType<typeof readRecorder>
  nullable: boolean
}

export function write({ key, nodes, read, complete, record, nullable }: FieldParts): Write {
  const put = (target: Record<string, unknown>, value: unknown, source: unknown, run: Run, position: Position) => {
    record?.(value, source, run.context.audit)
    target[key] = complete(value, run, position)
  }
  return (target, source, run, prev) => {
    const position = { prev, key, parent: target, nullable }
    try {
      const value = read(source, run, position)
      if (!(value instanceof Promise)) return put(target, value, source, run, position)
      // Reserves the key, so that the order of the fields is that of the document.
      target[key] = undefined
      const settled = value.then((found: unknown) => put(target, found, source, run, position))
      run.pending.push(settled.catch((error: unknown) => failLater(error, nodes, run, position)))
    } catch (error) {
      fail(error, nodes, run, position)
    }
  }
}

/** Thrown after an error is reported, while its null moves up to a nullable position. */
class Reported extends Error {}
const reported = new Reported()

/** Section 6.4.4 of the specification: a null at the error's position, or at the next nullable one above it. */
export function fail(error: unknown, nodes: readonly FieldNode[], run: Run, position: Position): void {
  report(error, nodes, run, position)
  if (!position.nullable) throw reported
  Reflect.set(position.parent, position.key, null)
}

/** The same for a value that comes when the objects above it are already in the response. */
function failLater(error: unknown, nodes: readonly FieldNode[], run: Run, position: Position): void {
  report(error, nodes, run, position)
  let nullable = position
  while (!nullable.nullable && nullable.prev) nullable = nullable.prev
  Reflect.set(nullable.parent, nullable.key, null)
}

function report(error: unknown, nodes: readonly FieldNode[], run: Run, position: Position): void {
  if (error instanceof NotCompiled) throw error
  // The located error takes over the stack of the error.
  if (!(error instanceof Reported)) run.errors.push(withoutStack(() => locatedError(error, nodes, pathOf(position))))
}

/** A path as in section 7.1.2 of the specification. */
function pathOf(position: Position): (string | number)[] {
  const path: (string | number)[] = []
  for (let step: Position | undefined = position; step; step = step.prev) path.unshift(step.key)
  return path
}

export function writeConstant(key: string, value: string): Write {
  return (target) => {
    target[key] = value
  }
}

export function nonNull(complete: Complete): Complete {
  return (value, run, position) => {
    if (value === null || value === undefined) throw new NotCompiled('a null at a non-null position')
    return complete(value, run, position)
  }
}

export function leaf(type: GraphQLLeafType): Complete {
  return (value) => {
    if (value instanceof Error) throw value
    return type.serialize(value)
  }
}

export function list(complete: Complete, nullable: boolean, nodes: readonly FieldNode[]): Complete {
  return (value, run, prev) => {
    if (!Array.isArray(value)) throw new NotCompiled('a list that is no array')
    const items: unknown[] = []
    value.forEach((item: unknown, key) => {
      if (item instanceof Promise) throw new NotCompiled('a list of promises')
      const position = { prev, key, parent: items, nullable }
      try {
        items[key] = complete(item, run, position)
      } catch (error) {
        fail(error, nodes, run, position)
      }
    })
    return items
  }
}
