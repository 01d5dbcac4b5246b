import { z } from 'zod'
import type { Keys } from '../../generated/data-model.ts'
import { Prisma } from '../../generated/prisma/client.ts'
import { fieldsOf, keyFieldsOf, type Model } from './data-model.ts'
import { momentOfText, momentText } from './moment.ts'
import { uuidV7 } from './uuid-v7.ts'

const texts = z.array(z.string())

/** The key of a row, as the client has it: a value, or an object where the key has several fields. */
export type Key<M extends Model = Model> = Keys[M]

/**
 * The text of a key, as it is stored where a row is named beside its model: the text of its value, or a JSON array of the
 * texts of its fields. PostgreSQL's `jsonb_build_array(…)::text` is the same. A text stands for itself.
 */
export function keyText<M extends Model>(model: M, key: Key<M> | string): string {
  return isComposite(key) ? textOf(keyTexts(model, key)) : valueText(key)
}

/** The texts of the fields of a key, or of the text of one. */
export function keyTexts(model: string, key: unknown): string[] {
  if (isComposite(key)) return keyFieldsOf(model).map((field) => valueText(Reflect.get(key, field)))
  return textsIn(keyFieldsOf(model), valueText(key))
}

function textsIn(fields: readonly string[], text: string): string[] {
  return fields.length === 1 ? [text] : texts.parse(JSON.parse(text))
}

/** The key of a row from the fields that were read; undefined where some of it was not. */
export function keyTextIn(model: string, row: object): string | undefined {
  const read: string[] = []
  const fields = keyFieldsOf(model)
  for (const field of fields) {
    const value: unknown = Reflect.get(row, field)
    if (value === undefined || value === null) return undefined
    read.push(valueText(value))
  }
  return fields.length === 0 ? undefined : textOf(read)
}

/** The key that a text stands for. */
export function keyFrom<M extends Model>(model: M, text: string): Key<M> {
  const fields = keyFieldsOf(model)
  const values = valuesIn(model, fields, text)
  // The generated type of the model's key has these fields.
  return (fields.length === 1 ? values[fields[0] ?? ''] : values) as Key<M>
}

/** The text of a key, or of a reference to one, from the texts of its fields. */
export function textOf(texts: readonly string[]): string {
  const [only] = texts
  return texts.length === 1 && only !== undefined ? only : `[${texts.map((text) => JSON.stringify(text)).join(', ')}]`
}

/** The condition that names one row. */
export function whereKey(model: Model, text: string): object {
  return valuesIn(model, keyFieldsOf(model), text)
}

/** The condition that names several rows. */
export function whereKeys(model: Model, texts: readonly string[]): object {
  return whereAmong(model, keyFieldsOf(model), texts)
}

/** The condition that these fields together have one of these texts. */
export function whereAmong(model: Model, fields: readonly string[], texts: readonly string[]): object {
  const [only, ...others] = fields
  if (only !== undefined && others.length === 0)
    return { [only]: { in: texts.map((text) => valueFrom(model, only, text)) } }
  return { OR: texts.map((text) => valuesIn(model, fields, text)) }
}

/** Whether the key is one UUID: rows then get it before the database sees them. */
export function hasUuidKey(model: Model): boolean {
  const [only, ...others] = keyFieldsOf(model)
  const field = fieldsOf(model).get(only ?? '')
  return others.length === 0 && field?.kind === 'scalar' && field.nativeType === 'Uuid'
}

/** A new row with its key, where that is a UUID. The database gives any other key that the row does not say. */
export function withNewKey<NewRow extends object>(model: Model, row: NewRow): NewRow {
  const [name = ''] = keyFieldsOf(model)
  return Object.hasOwn(row, name) || !hasUuidKey(model) ? row : { [name]: uuidV7(), ...row }
}

/** The selection of a key. */
export function keySelection(model: string): Record<string, true> {
  return Object.fromEntries(keyFieldsOf(model).map((field) => [field, true]))
}

/** The text of a value of any type that a key can have. */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  if (value instanceof Date) return momentText(value)
  if (Prisma.Decimal.isDecimal(value)) return value.toFixed()
  throw new Error(`A key cannot have a value of the type ${typeof value}`)
}

function valuesIn(model: Model, fields: readonly string[], text: string): Record<string, unknown> {
  const values = textsIn(fields, text).map((value, at) => [fields[at], valueFrom(model, fields[at] ?? '', value)])
  return Object.fromEntries(values)
}

/** The value of a field that a text stands for. */
function valueFrom(model: Model, name: string, text: string): unknown {
  const field = fieldsOf(model).get(name)
  if (field === undefined || field.kind === 'relation') throw new Error(`${model} has no column ${name}`)
  return parsers[field.type]?.(text) ?? text
}

const parsers: Record<string, ((text: string) => unknown) | undefined> = {
  Int: Number,
  BigInt,
  Boolean: (text) => text === 'true',
  DateTime: momentOfText,
  Decimal: (text) => new Prisma.Decimal(text),
}

function isComposite(key: unknown): key is object {
  return typeof key === 'object' && key !== null && Object.getPrototypeOf(key) === Object.prototype
}
