import { fieldsOf, keyFieldsOf, type Model } from '../database/data-model.ts'
import { keyTextIn } from '../database/row-key.ts'

export type Plain = Record<string, unknown>

/** Thrown where the work of some inputs cannot be done together: then they are done one after the other. */
export class NotTogether extends Error {}

/** Ends a run that must wait for an earlier input: it runs again. */
export class Deferred extends Error {}

/** What one input asks of the database. */
export interface Call {
  input: Input
  /** What no two inputs may lock or write in one wave; undefined for a read. */
  claims: { keys: readonly string[]; isWrite: boolean } | undefined
  /** Calls of one group are one statement. */
  group: string
  /** What the call asks, as its group reads it. */
  asked: unknown
  resolve(value: unknown): void
  reject(error: unknown): void
}

export interface Group {
  calls: Call[]
  send(calls: readonly Call[]): Promise<void>
}

export interface Input {
  readonly number: number
  hasWritten: boolean
}

/** Its values that identify a row. */
export function uniqueKeys(model: Model, part: Plain): string[] {
  const values = Object.entries(part).flatMap(([field, value]) =>
    isUnique(fieldsOf(model).get(field)) && value != null ? [valueKey(model, field, value)] : [],
  )
  const key = keyFieldsOf(model).length > 1 ? keyTextIn(model, part) : undefined
  return key === undefined ? values : [...values, `${model}=${key}`]
}

function isUnique(field: ReturnType<ReturnType<typeof fieldsOf>['get']>): boolean {
  return field !== undefined && field.kind !== 'relation' && field.isUnique
}

export function valueKey(model: Model, field: string, value: unknown): string {
  return `${model}.${field}=${String(value)}`
}
