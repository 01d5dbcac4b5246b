import { GraphQLID, type GraphQLLeafType, GraphQLString } from 'graphql'
import type { readRecorder } from '../../audit/record-reads.ts'
import { propertyOf } from './field-readers.ts'
import { type JsonBytes, JsonPiece } from './json-bytes.ts'
import { NotCompiled } from './not-compiled.ts'
import type { Position, Read, Run } from './write-response.ts'

/** The state of one execution that writes lines. */
export interface LinesRun extends Run {
  out: JsonBytes
  /** How many rows were written of lists below the nodes. */
  rowsBelow: number
}

/** Writes the JSON of a value. Throws for what only a response can hold: an error, or a value that comes later. */
export type WriteJson = (value: unknown, run: LinesRun) => void

/** Writes the name of a field and its value. Both have the object as their source. */
export type WriteField = (name: string) => WriteJson

interface FieldParts {
  read: Read
  complete: WriteJson
  record: ReturnType<typeof readRecorder>
}

/** No resolver of a row reads its position. */
const nowhere: Position = { prev: undefined, key: '', parent: {}, nullable: true }

export function objectJson(fields: readonly (readonly [key: string, write: WriteField])[]): WriteJson {
  const writes = fields.map(([key, write], at) => write(`${at === 0 ? '{' : ','}${JSON.stringify(key)}:`))
  return (source, run) => {
    if (source instanceof Error) throw source
    for (const write of writes) write(source, run)
    run.out.piece(endOfObject)
  }
}

const endOfObject = new JsonPiece('}')

export function fieldJson({ read, complete, record }: FieldParts): WriteField {
  return (name) => {
    const piece = new JsonPiece(name)
    return (source, run) => {
      const value = read(source, run, nowhere)
      if (value instanceof Promise) {
        // The response reads it again, and tells its failure.
        value.catch(() => {})
        throw new NotCompiled('a line with a value that comes later')
      }
      record?.(value, source, run.context.audit)
      run.out.piece(piece)
      complete(value, run)
    }
  }
}

/** A text that is the same in each object. */
export function constantJson(text: string): WriteField {
  return (name) => {
    const piece = new JsonPiece(name + JSON.stringify(text))
    return (_source, { out }) => out.piece(piece)
  }
}

const quote = new JsonPiece('"')

/** The id of a row with a UUID in `id`. It is written without a text, which took a tenth of the server's CPU for a row. */
export function uuidJson(prefix: string): WriteField {
  return (name) => {
    const piece = new JsonPiece(`${name}"${prefix}`)
    return (source, { out }) => {
      out.piece(piece)
      const id = propertyOf(source, 'id')
      out.uuid(typeof id === 'string' ? id : String(id))
      out.piece(quote)
    }
  }
}

export function nullableJson(complete: WriteJson): WriteJson {
  return (value, run) => {
    if (value === null || value === undefined) run.out.json('null')
    else complete(value, run)
  }
}

export function nonNullJson(complete: WriteJson): WriteJson {
  return (value, run) => {
    if (value === null || value === undefined) throw new NotCompiled('a null at a non-null position')
    complete(value, run)
  }
}

/** `areRows` says whether its items are objects, which count as rows. */
export function listJson(complete: WriteJson, areRows: boolean): WriteJson {
  return (value, run) => {
    if (!Array.isArray(value)) throw new NotCompiled('a list that is no array')
    if (areRows) run.rowsBelow += value.length
    run.out.json('[')
    value.forEach((item: unknown, at) => {
      if (at > 0) run.out.json(',')
      complete(item, run)
    })
    run.out.json(']')
  }
}

/** The longest text that is kept for the next row. */
const longestKept = 16

export function leafJson(type: GraphQLLeafType): WriteJson {
  if (type === GraphQLString || type === GraphQLID) return textJson(type)
  // Neighbours often have the same value: a currency, a state, a number.
  let kept: unknown
  let keptLeaf: unknown
  return (value, { out }) => {
    if (value === kept) {
      writeLeaf(keptLeaf, out)
      return
    }
    if (value instanceof Error) throw value
    const leaf: unknown = type.serialize(value)
    writeLeaf(leaf, out)
    // Objects may change.
    if (typeof value === 'object' || (typeof value === 'string' && value.length > longestKept)) return
    kept = value
    keptLeaf = leaf
  }
}

function writeLeaf(leaf: unknown, out: JsonBytes): void {
  if (typeof leaf === 'string') out.string(leaf)
  else if (typeof leaf === 'number' && (leaf | 0) === leaf) out.integer(leaf)
  else out.json(JSON.stringify(leaf))
}

/** A text is as it is. */
function textJson(type: GraphQLLeafType): WriteJson {
  return (value, { out }) => {
    if (value instanceof Error) throw value
    out.string(typeof value === 'string' ? value : String(type.serialize(value)))
  }
}
