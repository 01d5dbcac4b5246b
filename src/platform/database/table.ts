import { z } from 'zod'
import { Prisma } from '../../generated/prisma/client.ts'
import { columnText } from './column-text.ts'
import { type DataField, enumValueOf, fieldsOf } from './data-model.ts'
import type { Field, Model, PhysicalTable, Row } from './physical-names.ts'
import { plainValue } from './plain-value.ts'
import { withNewKey } from './row-key.ts'
import type { TimeZone } from './time-zone.ts'

/** Sends a statement. Returns its rows, and how many rows it read or wrote. */
export type Send = (text: string, values: readonly unknown[]) => Promise<{ rows: unknown[]; count: number }>

type Operations<M extends Model> = Prisma.TypeMap['model'][M]['operations']
/** Nothing for a view. */
type CreateMany<M extends Model> = Operations<M> extends { createMany: { args: { data: infer Data } } } ? Data : never
type Said<Data> = { [Name in keyof Data]: Exclude<Data[Name], typeof Prisma.skip> }

/** An omitted field gets its default, and an omitted UUID as key is generated. */
type NewRow<M extends Model> = Said<Exclude<CreateMany<M>, readonly unknown[]>>
/** All of them must be equal. */
type Match<M extends Model> = Partial<Row<M>>
type Change<Value> = Value | (Value extends number | bigint ? { increment: Value } : never)
type Changes<M extends Model> = { [F in Field<M>]?: Change<Row<M>[F]> }
type Select<M extends Model> = { readonly [F in Field<M>]?: true }
type Selected<M extends Model, S> = Pick<Row<M>, keyof S & Field<M>>

interface Read<M extends Model, S> {
  /** One of them must match. */
  anyOf: readonly Match<M>[]
  orderBy?: Field<M>
  select: S
}

const numbered = z.array(z.object({ n: z.number() }))

/**
 * One table as a mutation reads and writes it, by the field names of its model: Prisma's delegate for a single table.
 * The types allow what is implemented, and nothing else.
 */
export class Table<M extends Model> {
  readonly #send: Send
  readonly #model: M
  readonly #table: PhysicalTable<M>
  readonly #zone: TimeZone

  constructor(send: Send, { model, table, zone }: { model: M; table: PhysicalTable<M>; zone: TimeZone }) {
    this.#send = send
    this.#model = model
    this.#table = table
    this.#zone = zone
  }

  async create<S extends Select<M>>({ data, select }: { data: NewRow<M>; select: S }): Promise<Selected<M, S>> {
    const [row] = await this.#insert<S>([data], select)
    if (!row) throw new Error(`No ${this.#model} was written`)
    return row
  }

  /** One statement for any number of rows, which all have the same fields. */
  async createMany({ data }: { data: readonly NewRow<M>[] }): Promise<void> {
    if (data.length > 0) await this.#insert(data)
  }

  /** The same with the written rows, in any order. */
  async createManyAndReturn<S extends Select<M>>({
    data,
    select,
  }: {
    data: readonly NewRow<M>[]
    select: S
  }): Promise<Selected<M, S>[]> {
    return this.#insert<S>(data, select)
  }

  /** The rows whose field has one of these values. */
  async findAmong<S extends Select<M>>({
    values,
    select,
  }: {
    values: { readonly [F in Field<M>]?: readonly unknown[] }
    select: S
  }): Promise<Selected<M, S>[]> {
    const fields = this.#fieldsOf(values)
    const matching = fields.map((field, at) => `${this.#table.column(field)} = any($${at + 1})`).join(' or ')
    const columns = fields.map((field) => (values[field] ?? []).map((value) => this.#plain(field, value)))
    return this.#rows<S>(`select ${this.#columns(select)} from ${this.#table.name} where ${matching}`, columns)
  }

  /** Updates of different rows, with the same fields each, in one statement. Returns for each whether its row matched. */
  async updateEach(changes: readonly { where: Match<M>; data: Changes<M> }[]): Promise<boolean[]> {
    const [first] = changes
    if (!first) return []
    const { name } = this.#table
    const whereFields = this.#fieldsOf(first.where)
    const dataFields = this.#fieldsOf(first.data)
    const sets = dataFields.map((field) => {
      const column = this.#table.column(field)
      return isIncrement(first.data[field]) ? `${column} = t.${column} + d.${column}` : `${column} = d.${column}`
    })
    const matching = whereFields.map((field) => `t.${this.#table.column(field)} = w.${this.#table.column(field)}`)
    const wherePart = this.#toColumns(whereFields)
    const dataPart = this.#toColumns(dataFields)
    const given = changes.map(({ where, data }, n) => {
      const values = dataFields.map((field): [string, unknown] => {
        const value: unknown = data[field]
        return [field, isIncrement(value) ? value.increment : value]
      })
      return { n, w: wherePart(where), d: dataPart(Object.fromEntries(values)) }
    })
    const { rows } = await this.#send(
      `update ${name} t set ${sets.join(', ')}
       from jsonb_to_recordset($1::jsonb) as c(n int, w jsonb, d jsonb)
       cross join lateral jsonb_populate_record(null::${name}, c.w) w
       cross join lateral jsonb_populate_record(null::${name}, c.d) d
       where ${matching.join(' and ')} returning c.n`,
      [JSON.stringify(given)],
    )
    const matched = new Set(numbered.parse(rows).map(({ n }) => n))
    return changes.map((_change, n) => matched.has(n))
  }

  async findUnique<S extends Select<M>>({ where, select }: { where: Match<M>; select: S }) {
    const [row] = await this.findMany({ anyOf: [where], select })
    return row ?? null
  }

  async findMany<S extends Select<M>>({ anyOf, orderBy, select }: Read<M, S>): Promise<Selected<M, S>[]> {
    const values: unknown[] = []
    const matching = anyOf.map((match) => this.#condition(match, values)).join(' or ')
    const order = orderBy === undefined ? '' : ` order by ${this.#table.column(orderBy)}`
    return this.#rows<S>(`select ${this.#columns(select)} from ${this.#table.name} where ${matching}${order}`, values)
  }

  async count({ where }: { where: Match<M> }): Promise<number> {
    const values: unknown[] = []
    const matching = this.#condition(where, values)
    const { count } = await this.#send(`select 1 from ${this.#table.name} where ${matching}`, values)
    return count
  }

  /** Updates a row that the mutation has read and locked, so it exists. */
  async update(change: { where: Match<M>; data: Changes<M> }): Promise<void> {
    const { count } = await this.updateMany(change)
    if (count === 0) throw new Error(`No ${this.#model} was there to update`)
  }

  /** Returns how many rows matched. */
  async updateMany({ where, data }: { where: Match<M>; data: Changes<M> }): Promise<{ count: number }> {
    const values: unknown[] = []
    const changes = this.#fieldsOf(data).map((field) => this.#change(field, data[field], values))
    const matching = this.#condition(where, values)
    return this.#send(`update ${this.#table.name} set ${changes.join(', ')} where ${matching}`, values)
  }

  async deleteMany({ where }: { where: Match<M> }): Promise<{ count: number }> {
    const values: unknown[] = []
    return this.#send(`delete from ${this.#table.name} where ${this.#condition(where, values)}`, values)
  }

  /** All rows are one parameter, so that their number does not change the statement. */
  async #insert<S extends Select<M>>(data: readonly NewRow<M>[], select?: S): Promise<Selected<M, S>[]> {
    const { name } = this.#table
    const rows = data.map((row) => withNewKey(this.#model, row))
    const said = this.#fieldsOf(rows[0] ?? {})
    const columns = said.map((field) => this.#table.column(field)).join(', ')
    const returning = select ? ` returning ${this.#columns(select)}` : ''
    return this.#rows<S>(
      `insert into ${name} (${columns}) select ${columns} from jsonb_populate_recordset(null::${name}, $1::jsonb)${returning}`,
      [JSON.stringify(rows.map(this.#toColumns(said)))],
    )
  }

  /** Makes a row, which says these fields, one by the names of their columns. */
  #toColumns(said: readonly Field<M>[]): (row: object) => object {
    const columns = said.map((field) => {
      const name = unquoted(this.#table.column(field))
      return { field, name, isJson: isJson(this.#field(field)) }
    })
    return (row) => {
      if (Object.keys(row).length !== said.length || !said.every((field) => Object.hasOwn(row, field)))
        throw new Error(`New rows of ${this.#model} say different fields`)
      const made: Record<string, unknown> = {}
      for (const { field, name, isJson } of columns) {
        const value: unknown = Reflect.get(row, field)
        made[name] = isJson ? value : this.#plain(field, value)
      }
      return made
    }
  }

  async #rows<S extends Select<M>>(text: string, values: readonly unknown[]): Promise<Selected<M, S>[]> {
    const { rows } = await this.#send(text, values)
    const isOther = [...fieldsOf(this.#model).values()].some(isConverted)
    // Returns the selected columns, each as its type is parsed.
    return (isOther ? rows.map((row) => this.#asModelled(row)) : rows) as Selected<M, S>[]
  }

  #asModelled(row: unknown): unknown {
    if (typeof row !== 'object' || row === null) return row
    return Object.fromEntries(
      Object.entries(row).map(([name, value]) => [name, converted(fieldsOf(this.#model).get(name), value)]),
    )
  }

  #field(name: Field<M>): DataField | undefined {
    return fieldsOf(this.#model).get(name)
  }

  /** A value in a form that PostgreSQL reads as the type of its column. */
  #plain(name: Field<M>, value: unknown): unknown {
    const field = this.#field(name)
    if (Array.isArray(value)) return value.map((item) => this.#plain(name, item))
    if (value === null || !field || field.kind === 'relation') return plainValue(value)
    const isOwn = field.kind === 'enum' || field.type === 'DateTime' || field.type === 'Decimal'
    return (isOwn ? columnText(field, value, this.#zone) : undefined) ?? plainValue(value)
  }

  #condition(match: Match<M>, values: unknown[]): string {
    const conditions = this.#fieldsOf(match).map((field) => {
      const value = match[field]
      return value === null ? `${this.#table.column(field)} is null` : this.#assign(field, value, values)
    })
    if (conditions.length === 0) throw new Error(`A condition on ${this.#model} says nothing, and would match all`)
    return `(${conditions.join(' and ')})`
  }

  #change(field: Field<M>, value: unknown, values: unknown[]): string {
    if (!isIncrement(value)) return this.#assign(field, value, values)
    const column = this.#table.column(field)
    return `${column} = ${column} + $${values.push(this.#plain(field, value.increment))}`
  }

  #assign(field: Field<M>, value: unknown, values: unknown[]): string {
    const plain = isJson(this.#field(field)) && value !== null ? JSON.stringify(value) : this.#plain(field, value)
    return `${this.#table.column(field)} = $${values.push(plain)}`
  }

  #columns(select: Select<M>): string {
    return this.#fieldsOf(select)
      .map((field) => `${this.#table.column(field)} as "${field}"`)
      .join(', ')
  }

  /** In the model's order, so that equal selections make one statement. */
  #fieldsOf(part: object): Field<M>[] {
    const fields = this.#table.fields.filter((field) => Object.hasOwn(part, field))
    if (fields.length !== Object.keys(part).length) {
      throw new Error(`${this.#model} has no such columns: ${Object.keys(part).join(', ')}`)
    }
    return fields
  }
}

/** Whether the driver has values of the field as the model does not. */
function isConverted(field: DataField): boolean {
  return !field.isList && (field.kind === 'enum' || (field.kind === 'scalar' && field.type === 'Decimal'))
}

function converted(field: DataField | undefined, value: unknown): unknown {
  if (value === null || !field || !isConverted(field)) return value
  return field.kind === 'enum' ? enumValueOf(field, String(value)) : new Prisma.Decimal(String(value))
}

function unquoted(column: string): string {
  return column.slice(1, -1).replaceAll('""', '"')
}

function isJson(field: DataField | undefined): boolean {
  return field?.kind === 'scalar' && field.type === 'Json'
}

function isIncrement(value: unknown): value is { increment: unknown } {
  return typeof value === 'object' && value !== null && 'increment' in value
}
