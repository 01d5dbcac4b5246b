import { randomUUID } from 'node:crypto'
import { type DataField, fieldsOf, type Model } from './data-model.ts'
import { isReadable } from './row-reader.ts'

/** The arguments of a read cannot be prepared: they use something that is not looked through here. */
class Unprepared extends Error {}

const filterOperators = new Set([
  'equals',
  'in',
  'notIn',
  'lt',
  'lte',
  'gt',
  'gte',
  'contains',
  'startsWith',
  'endsWith',
])
const relationOperators = new Set(['some', 'every', 'none', 'is', 'isNot'])

/**
 * A read without its values: reads with one key have one statement, and differ in its parameters only. What decides
 * over the text of the statement is in the key: fields, operators, orders, nulls, flags, enum values, how many there
 * are in a list. What does not is a value: strings, numbers, times, page sizes.
 */
export class ReadShape {
  readonly key: string
  readonly values: readonly unknown[]
  readonly model: Model
  /** What is read of each row. */
  readonly select: object
  readonly #args: object

  private constructor(model: Model, key: string, args: object, select: object, values: readonly unknown[]) {
    this.model = model
    this.key = key
    this.#args = args
    this.select = select
    this.values = values
  }

  /** Undefined where the arguments hold anything that is not understood. */
  static of(model: Model, operation: string, args: object): ReadShape | undefined {
    const walk = new Walk((value) => value)
    try {
      const { select } = walk.read(model, args)
      return new ReadShape(model, `${operation} ${model} ${walk.key.join(' ')}`, args, select, walk.values)
    } catch (error) {
      if (error instanceof Unprepared) return undefined
      throw error
    }
  }

  /** The same arguments with a mark for each value, of its type and found nowhere else. */
  marked(): { args: object; marks: readonly unknown[] } {
    const walk = new Walk(markFor)
    return { args: walk.read(this.model, this.#args), marks: walk.values }
  }
}

function markFor(value: unknown): unknown {
  const random = Math.floor(Math.random() * 2_000_000_000)
  if (typeof value === 'string') return randomUUID()
  if (typeof value === 'number') return random
  if (typeof value === 'bigint') return BigInt(random) + 3_000_000_000n
  if (value instanceof Date) return new Date(random * 1000)
  throw new Unprepared()
}

class Walk {
  readonly key: string[] = []
  readonly values: unknown[] = []
  readonly #replace: (value: unknown) => unknown

  constructor(replace: (value: unknown) => unknown) {
    this.#replace = replace
  }

  read(model: Model, args: object): { select: object } {
    let select: object | undefined
    const read: Record<string, unknown> = {}
    this.key.push('{')
    for (const [name, value] of Object.entries(args)) {
      this.key.push(name)
      if (name === 'select') select = this.#select(model, value)
      else if (name === 'where') read.where = this.#where(model, value)
      else if (name === 'take' && typeof value === 'number' && value > 0) read.take = this.#value(value)
      else if (name === 'orderBy') read.orderBy = this.#literal(value)
      else throw new Unprepared()
    }
    if (!select) throw new Unprepared()
    this.key.push('}')
    return { ...read, select }
  }

  #select(model: Model, select: unknown): object {
    const selected: Record<string, unknown> = {}
    const fields = fieldsOf(model)
    this.key.push('{')
    for (const [name, value] of entriesOf(select)) {
      if (value === false) continue
      this.key.push(name)
      if (name === '_count') selected._count = this.#counts(model, value)
      else selected[name] = this.#selected(fields.get(name), value)
    }
    this.key.push('}')
    return selected
  }

  #selected(field: DataField | undefined, value: unknown): unknown {
    if (!field) throw new Unprepared()
    if (field.kind !== 'relation') {
      if (value !== true || !isReadable(field)) throw new Unprepared()
      return true
    }
    return this.read(field.model, objectOf(value))
  }

  #counts(model: Model, value: unknown): object {
    const counts: Record<string, unknown> = {}
    const fields = fieldsOf(model)
    this.key.push('{')
    for (const [name, count] of entriesOf(objectOf(value).select)) {
      const field = fields.get(name)
      if (field?.kind !== 'relation') throw new Unprepared()
      this.key.push(name)
      counts[name] = count === true ? true : { where: this.#where(field.model, objectOf(count).where) }
    }
    this.key.push('}')
    return { select: counts }
  }

  #where(model: Model, where: unknown): unknown {
    if (Array.isArray(where)) {
      this.key.push('[')
      const all = where.map((one) => this.#where(model, one))
      this.key.push(']')
      return all
    }
    const walked: Record<string, unknown> = {}
    this.key.push('{')
    for (const [name, value] of entriesOf(where)) {
      this.key.push(name)
      if (name === 'AND' || name === 'OR' || name === 'NOT') walked[name] = this.#where(model, value)
      else walked[name] = this.#condition(fieldsOf(model).get(name), value)
    }
    this.key.push('}')
    return walked
  }

  #condition(field: DataField | undefined, value: unknown): unknown {
    if (!field) throw new Unprepared()
    if (field.kind !== 'relation') return this.#filter(field, value)
    const entries = entriesOf(value)
    const operated = entries.length > 0 && entries.every(([name]) => relationOperators.has(name))
    if (!operated) return this.#where(field.model, value)
    const walked: Record<string, unknown> = {}
    for (const [name, where] of entries) {
      this.key.push(name)
      walked[name] = this.#where(field.model, where)
    }
    this.key.push(';')
    return walked
  }

  #filter(field: DataField, value: unknown): unknown {
    if (isLeaf(value)) return this.#leaf(field, value)
    if (Object.getPrototypeOf(value) !== Object.prototype) throw new Unprepared()
    const walked: Record<string, unknown> = {}
    this.key.push('{')
    for (const [name, operand] of entriesOf(value)) {
      this.key.push(name)
      if (name === 'mode') walked.mode = this.#literal(operand)
      else if (name === 'not') walked.not = this.#filter(field, operand)
      else if (!filterOperators.has(name)) throw new Unprepared()
      else walked[name] = Array.isArray(operand) ? this.#list(field, operand) : this.#leaf(field, operand)
    }
    this.key.push('}')
    return walked
  }

  #list(field: DataField, values: readonly unknown[]): unknown[] {
    this.key.push('[')
    const walked = values.map((value) => this.#leaf(field, value))
    this.key.push(']')
    return walked
  }

  #leaf(field: DataField, value: unknown): unknown {
    if (value === null || typeof value === 'boolean' || field.kind === 'enum') return this.#literal(value)
    const fits = field.kind === 'scalar' && holes[field.type]?.(value)
    return fits ? this.#value(value) : fail()
  }

  #value(value: unknown): unknown {
    const replaced = this.#replace(value)
    this.key.push('?')
    this.values.push(replaced)
    return replaced
  }

  #literal(value: unknown): unknown {
    this.key.push(JSON.stringify(value) ?? fail())
    return value
  }
}

/** Of each scalar type, the values that are parameters just as they are. */
const holes: Record<string, (value: unknown) => boolean> = {
  String: (value) => typeof value === 'string',
  Int: (value) => typeof value === 'number',
  BigInt: (value) => typeof value === 'bigint' || typeof value === 'number',
  DateTime: (value) => value instanceof Date,
}

function isLeaf(value: unknown): boolean {
  return typeof value !== 'object' || value === null || value instanceof Date
}

function entriesOf(value: unknown): [string, unknown][] {
  return Object.entries(objectOf(value))
}

function objectOf(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return fail()
  return { ...value }
}

function fail(): never {
  throw new Unprepared()
}
