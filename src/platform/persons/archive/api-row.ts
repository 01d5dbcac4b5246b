import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  getNamedType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import { fieldsOf, isModel, type Model, type RelationField, type Row } from '../../database/data-model.ts'
import { textOf, valueText } from '../../database/row-key.ts'
import { resolverIn } from '../../graphql/declared-resolver.ts'
import { encodeId } from '../../graphql/ids.ts'
import { modelOf } from '../../graphql/row-type.ts'

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

/**
 * A whole row as the API shows it: every field of its type that follows from the row alone, and the ids of the objects that it
 * refers to. Fields that count, sum or look up something else are left out: what they are made of is there itself.
 */
export function apiRow(type: GraphQLObjectType, row: Row): { [name: string]: Json } {
  const shown: { [name: string]: Json } = {}
  for (const field of Object.values(type.getFields())) {
    const value = field.args.length > 0 ? undefined : apiValue(type, field, row)
    if (value !== undefined) shown[field.name] = value
  }
  return shown
}

function apiValue(type: GraphQLObjectType, field: GraphQLField<unknown, unknown>, row: Row): Json | undefined {
  const named = getNamedType(field.type)
  if (isObjectType(named) && modelOf(named) !== undefined) return reference(modelOf(type), field.name, named, row)
  if (!isLeafType(named) && !isObjectType(named)) return undefined
  const read = readOf(field, row)
  return read === undefined ? undefined : jsonOf(field.type, read.value)
}

/** Undefined where the field does not follow from the row. */
function readOf({ extensions, name }: GraphQLField<unknown, unknown>, row: Row): { value: unknown } | undefined {
  const { pothosExposedField: exposed, pothosConfig: config } = extensions
  if (typeof exposed === 'string') return { value: row[exposed] }
  const resolve = resolverIn(config)
  if (!resolve) return Object.hasOwn(row, name) ? { value: row[name] } : undefined
  if (resolve.length > 1) return undefined
  try {
    // It takes the row alone.
    return { value: Reflect.apply(resolve, undefined, [row]) }
  } catch {
    // It needs more than the columns of the row.
    return undefined
  }
}

function jsonOf(type: GraphQLOutputType, value: unknown): Json | undefined {
  if (isNonNullType(type)) return jsonOf(type.ofType, value)
  if (value === undefined || value instanceof Promise) return undefined
  if (value === null) return null
  if (isListType(type))
    return Array.isArray(value) ? value.flatMap((item) => jsonOf(type.ofType, item) ?? []) : undefined
  if (isLeafType(type)) return plainJson(type.serialize(value))
  return isObjectType(type) && typeof value === 'object' ? apiRow(type, { ...value }) : undefined
}

/** The value as JSON writes it; whole numbers of any size are texts. */
export function plainJson(value: unknown): Json {
  return JSON.parse(
    JSON.stringify(value, (_name, part: unknown) => (typeof part === 'bigint' ? String(part) : part)),
  ) as Json
}

/** The id of the one object that a field leads to, or the row itself as another type shows it. */
function reference(parent: string | undefined, name: string, shown: GraphQLObjectType, row: Row): Json | undefined {
  const model = modelOf(shown)
  if (!isModel(parent) || model === undefined) return undefined
  if (model === parent && !fieldsOf(parent).has(name)) return apiRow(shown, row)
  const relation = relationTo(parent, name, model)
  // The key may stand in the other row.
  const here = relation?.link?.here ?? []
  if (!relation || here.length === 0 || here.some((field) => row[field] === undefined)) return undefined
  if (here.some((field) => row[field] === null)) return null
  return { id: encodeId(relation.model, textOf(here.map((field) => valueText(row[field])))) }
}

/** The relation to one row of a model that has this name, or the only one. */
function relationTo(model: Model, name: string, other: string): RelationField | undefined {
  const all = [...fieldsOf(model)].flatMap(([own, field]) => {
    const isKept = field.kind === 'relation' && field.hasKey && field.model === other
    return isKept ? [{ own, field }] : []
  })
  const named = all.find(({ own }) => own === name)
  return named?.field ?? (all.length === 1 ? all[0]?.field : undefined)
}
