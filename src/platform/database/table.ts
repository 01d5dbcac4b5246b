import type { Prisma } from '../../generated/prisma/client.ts'
import { type DataField, fieldsOf } from './data-model.ts'
import type { Field, Model, PhysicalTable, Row } from './physical-names.ts'
import { plainValue } from './plain-value.ts'
import { uuidV7 } from './uuid-v7.ts'

/** Sends a statement. Returns its rows, and how many rows it read or wrote. */
export type Send = (text: string, values: readonly unknown[]) => Promise<{ rows: unknown[]; count: number }>

type CreateMany<M extends Model> = Prisma.TypeMap['model'][M]['operations']['createMany']['args']['data']
type Said<Data> = { [Name in keyof Data]: Exclude<Data[Name], typeof Prisma.skip> }

/** An omitted field gets its default, and an omitted id is generated. */
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

/**
 * One table as a mutation reads and writes it, by the field names of its model: Prisma's delegate for a single table.
 * The types allow what is implemented, and nothing else.
 */
export class Table<M extends Model> {
  readonly #send: Send
  readonly #model: M
  readonly #table: PhysicalTable<M>
  /** Columns of JSON, whose values may be objects. */
  readonly #json: ReadonlySet<string>

  constructor(send: Send, model: M, table: PhysicalTable<M>) {
    this.#send = send
    this.#model = model
    this.#table = table
    this.#json = new Set(table.fields.filter((field) => isJson(fieldsOf(model).get(field))))
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
    const { name, fields } = this.#table
    const rows = data.map((row) => (fields.some(isId) ? { id: uuidV7(), ...row } : row))
    const said = this.#fieldsOf(rows[0] ?? {})
    const columns = said.map((field) => this.#table.column(field)).join(', ')
    const returning = select ? ` returning ${this.#columns(select)}` : ''
    return this.#rows<S>(
      `insert into ${name} (${columns}) select ${columns} from jsonb_populate_recordset(null::${name}, $1::jsonb)${returning}`,
      [JSON.stringify(rows.map((row) => this.#asColumns(row, said)))],
    )
  }

  #asColumns(row: object, said: readonly Field<M>[]): object {
    if (this.#fieldsOf(row).length !== said.length) throw new Error(`New rows of ${this.#model} say different fields`)
    return Object.fromEntries(
      said.map((field) => {
        const value: unknown = Reflect.get(row, field)
        return [this.#table.column(field).slice(1, -1), this.#json.has(field) ? value : plainValue(value)]
      }),
    )
  }

  async #rows<S extends Select<M>>(text: string, values: readonly unknown[]): Promise<Selected<M, S>[]> {
    const { rows } = await this.#send(text, values)
    // Returns the selected columns, each as its type is parsed.
    return rows as Selected<M, S>[]
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
    return `${column} = ${column} + $${values.push(plainValue(value.increment))}`
  }

  #assign(field: Field<M>, value: unknown, values: unknown[]): string {
    const plain = this.#json.has(field) && value !== null ? JSON.stringify(value) : plainValue(value)
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

function isId(field: string): boolean {
  return field === 'id'
}

function isJson(field: DataField | undefined): boolean {
  return field?.kind === 'scalar' && field.type === 'Json'
}

function isIncrement(value: unknown): value is { increment: unknown } {
  return typeof value === 'object' && value !== null && 'increment' in value
}
