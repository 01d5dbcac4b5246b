import { type FieldNode, type GraphQLError, type GraphQLLeafType, locatedError } from 'graphql'
import type { readRecorder } from '../../audit/record-reads.ts'
import type { Context } from '../../context.ts'
import { NotCompiled } from './not-compiled.ts'

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
export interface Place {
  prev: Place | undefined
  key: string | number
  /** The object or list of the answer it stands in. */
  holder: object
  /** Whether a null may stand there. */
  nullable: boolean
}

export type Read = (source: unknown, run: Run, place: Place) => unknown
export type Complete = (value: unknown, run: Run, place: Place) => unknown
export type Write = (out: Record<string, unknown>, source: unknown, run: Run, place: Place) => void

interface FieldParts {
  key: string
  nodes: readonly FieldNode[]
  read: Read
  complete: Complete
  /** Says that a tagged value was read, as the wrapped resolver would. */
  record: ReturnType<typeof readRecorder>
  nullable: boolean
}

export function write({ key, nodes, read, complete, record, nullable }: FieldParts): Write {
  const put = (out: Record<string, unknown>, value: unknown, source: unknown, run: Run, at: Place) => {
    record?.(value, source, run.context.audit)
    out[key] = complete(value, run, at)
  }
  return (out, source, run, place) => {
    const at = { prev: place, key, holder: out, nullable }
    try {
      const value = read(source, run, at)
      if (!(value instanceof Promise)) return put(out, value, source, run, at)
      // Its place in the answer is that of the field, whenever it comes.
      out[key] = undefined
      const settled = value.then((found: unknown) => put(out, found, source, run, at))
      run.pending.push(settled.catch((error: unknown) => failLater(error, nodes, run, at)))
    } catch (error) {
      fail(error, nodes, run, at)
    }
  }
}

/** An error that is among those of the answer already; what it takes along is still to be found. */
class Told extends Error {}
const told = new Told()

/** Section 6.4.4 of the specification: a null in the place of the error, or of what it stands in. */
export function fail(error: unknown, nodes: readonly FieldNode[], run: Run, at: Place): void {
  tell(error, nodes, run, at)
  if (!at.nullable) throw told
  Reflect.set(at.holder, at.key, null)
}

/** The same where what it stands in is in the answer already. */
function failLater(error: unknown, nodes: readonly FieldNode[], run: Run, at: Place): void {
  tell(error, nodes, run, at)
  let place = at
  while (!place.nullable && place.prev) place = place.prev
  Reflect.set(place.holder, place.key, null)
}

function tell(error: unknown, nodes: readonly FieldNode[], run: Run, at: Place): void {
  if (error instanceof NotCompiled) throw error
  if (!(error instanceof Told)) run.errors.push(locatedError(error, nodes, pathTo(at)))
}

/** As the specification writes paths, section 7.1.2. */
function pathTo(place: Place): (string | number)[] {
  const path: (string | number)[] = []
  for (let at: Place | undefined = place; at; at = at.prev) path.unshift(at.key)
  return path
}

export function writeConstant(key: string, value: string): Write {
  return (out) => {
    out[key] = value
  }
}

export function nonNull(complete: Complete): Complete {
  return (value, run, place) => {
    if (value === null || value === undefined) throw new NotCompiled('a null where there must be none')
    return complete(value, run, place)
  }
}

export function leaf(type: GraphQLLeafType): Complete {
  return (value) => {
    if (value instanceof Error) throw value
    return type.serialize(value)
  }
}

export function list(complete: Complete, nullable: boolean, nodes: readonly FieldNode[]): Complete {
  return (value, run, place) => {
    if (!Array.isArray(value)) throw new NotCompiled('a list that is no array')
    const holder: unknown[] = []
    value.forEach((item: unknown, key) => {
      if (item instanceof Promise) throw new NotCompiled('a list of promises')
      const at = { prev: place, key, holder, nullable }
      try {
        holder[key] = complete(item, run, at)
      } catch (error) {
        fail(error, nodes, run, at)
      }
    })
    return holder
  }
}
