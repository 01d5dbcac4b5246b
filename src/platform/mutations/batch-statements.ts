import { z } from 'zod'
import { type Model, propertyOf } from '../database/data-model.ts'
import { keySelection, keyTextIn } from '../database/row-key.ts'
import type { LockedKey, Transaction } from '../database/transaction.ts'
import { type Call, type Input, NotTogether, type Plain, valueKey } from './batch-call.ts'

const keyed = z.looseObject({ id: z.union([z.string(), z.number(), z.bigint()]) })

/** The operations of a table that inputs share. */
interface BatchTable {
  findAmong(read: { values: Record<string, readonly unknown[]>; select: Record<string, true> }): Promise<Plain[]>
  createManyAndReturn(write: { data: readonly Plain[]; select: Record<string, true> }): Promise<Plain[]>
  createMany(write: { data: readonly Plain[] }): Promise<void>
  updateEach(changes: readonly { where: Plain; data: Plain }[]): Promise<boolean[]>
}

/** The only place that reaches a table by its model: TypeScript cannot follow a union of all tables. */
function tableOf(tx: Transaction, model: Model): BatchTable {
  return tx[propertyOf(model)] as unknown as BatchTable
}

/** Calls of many inputs, each kind as one statement. */
export class BatchStatements {
  readonly #tx: Transaction
  /** The inputs that have read a value, by `Model.field=value`. */
  readonly readers = new Map<string, Set<Input>>()
  readonly #read: Set<string>

  /** Adds what is read without a lock to a set, as `Model.field=value`. */
  constructor(tx: Transaction, read: Set<string>) {
    this.#tx = tx
    this.#read = read
  }

  get zone() {
    return this.#tx.$zone
  }

  async find(model: Model, calls: readonly Call[]): Promise<void> {
    const asked = calls.map(({ asked }) => asked as { matches: readonly Plain[]; select: Record<string, true> })
    const values: Record<string, Set<unknown>> = {}
    const keysByCall = calls.map(({ input }, at) =>
      (asked[at]?.matches ?? []).map((match) => {
        const [field, ...others] = Object.keys(match)
        if (field === undefined || others.length > 0) throw new NotTogether('a read by several fields')
        values[field] = (values[field] ?? new Set()).add(match[field])
        const key = valueKey(model, field, match[field])
        this.#read.add(key)
        const readers = this.readers.get(key)
        if (readers) readers.add(input)
        else this.readers.set(key, new Set([input]))
        return key
      }),
    )
    const fields = Object.keys(values)
    const select = { ...asked[0]?.select, ...Object.fromEntries(fields.map((field) => [field, true as const])) }
    const lists = Object.fromEntries(Object.entries(values).map(([field, set]) => [field, [...set]]))
    const rows = await tableOf(this.#tx, model).findAmong({ values: lists, select })
    const byKey = new Map<string, Plain[]>()
    for (const row of rows) {
      for (const field of fields) {
        const key = valueKey(model, field, row[field])
        const found = byKey.get(key)
        if (found) found.push(row)
        else byKey.set(key, [row])
      }
    }
    for (const [at, { resolve }] of calls.entries()) {
      const found = (keysByCall[at] ?? []).flatMap((key) => byKey.get(key) ?? [])
      resolve(found.length > 1 ? [...new Set(found)] : found)
    }
  }

  async create(model: Model, calls: readonly Call[]): Promise<void> {
    const asked = calls.map(({ asked }) => asked as { row: Plain; select: Record<string, true> })
    const select = { ...asked[0]?.select, ...keySelection(model) }
    const data = asked.map(({ row }) => row)
    const written = await tableOf(this.#tx, model).createManyAndReturn({ data, select })
    const byKey = new Map(written.map((row) => [keyTextIn(model, row), row]))
    for (const [at, { resolve }] of calls.entries()) resolve(byKey.get(keyTextIn(model, data[at] ?? {})))
  }

  async createMany(model: Model, calls: readonly Call[]): Promise<void> {
    for (const { input } of calls) input.hasWritten = true
    await tableOf(this.#tx, model).createMany({ data: calls.flatMap(({ asked }) => asked as readonly Plain[]) })
    for (const { resolve } of calls) resolve(undefined)
  }

  async update(model: Model, calls: readonly Call[]): Promise<void> {
    const changes = calls.map(({ asked }) => asked as { where: Plain; data: Plain })
    const matched = await tableOf(this.#tx, model).updateEach(changes)
    for (const [at, { resolve }] of calls.entries()) resolve({ count: matched[at] ? 1 : 0 })
  }

  async lock(text: string, calls: readonly Call[]): Promise<void> {
    const keysOf = ({ asked }: Call) => asked as readonly LockedKey[]
    const rows = await this.#tx.$lockRows(text, [...new Set(calls.flatMap(keysOf))])
    const byKey = new Map(rows.map((row) => [String(keyed.parse(row).id), row]))
    for (const call of calls) call.resolve(keysOf(call).flatMap((key) => byKey.get(String(key)) ?? []))
  }

  async write(text: string, calls: readonly Call[]): Promise<void> {
    const columns: unknown[][] = []
    for (const { input, asked } of calls) {
      input.hasWritten = true
      ;(asked as readonly (readonly unknown[])[]).forEach((column, at) => {
        columns[at] ??= []
        columns[at].push(...column)
      })
    }
    await this.#tx.$writeRows(text, ...columns)
    for (const { resolve } of calls) resolve(undefined)
  }
}
