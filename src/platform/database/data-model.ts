import type PrismaTypes from '../../generated/pothos-types.ts'
import { getDatamodel } from '../../generated/pothos-types.ts'
import { Prisma } from '../../generated/prisma/client.ts'
import * as enums from '../../generated/prisma/enums.ts'

export type Model = keyof PrismaTypes

/** A row of any model, by the names of its fields. */
export type Row = Record<string, unknown>

interface Field {
  isList: boolean
  isRequired: boolean
}

interface ValueField extends Field {
  type: string
  /** Whether its value identifies one row. */
  isUnique: boolean
  /** Whether its value identifies a row of another model. */
  isForeign: boolean
}

interface ScalarField extends ValueField {
  kind: 'scalar'
}

export interface EnumField extends ValueField {
  kind: 'enum'
}

export interface RelationField extends Field {
  kind: 'relation'
  model: Model
  /** The fields that link the two models; undefined for a link of more than one field. */
  link: { here: string; there: string } | undefined
}

export type DataField = ScalarField | EnumField | RelationField

const { models: described } = getDatamodel().datamodel
type Described = (typeof described)[string]['fields'][number]

const fieldsByModel = readFields()

/** The fields of a model, by their names in the client. */
export function fieldsOf(model: Model): ReadonlyMap<string, DataField> {
  return fieldsByModel.get(model) ?? new Map()
}

export function isModel(name: string | undefined): name is Model {
  return name !== undefined && Object.hasOwn(Prisma.ModelName, name)
}

/** The property of a model on a client: `orderLine`. */
export function propertyOf(model: Model): Uncapitalize<Model> {
  return `${model.slice(0, 1).toLowerCase()}${model.slice(1)}` as Uncapitalize<Model>
}

/** The field that is the key of a model, for a key of one field. */
export function keyOf(model: string): string | undefined {
  return described[model]?.fields.find(({ isId }) => isId)?.name
}

export function isEnumValue({ type }: EnumField, value: unknown): boolean {
  return typeof value === 'string' && Object.hasOwn(Reflect.get(enums, type) ?? {}, value)
}

function readFields(): Map<string, Map<string, DataField>> {
  return new Map(
    Object.entries(described).map(([model, { fields }]) => {
      return [model, new Map(fields.map((field) => [field.name, fieldOf(model, field)]))]
    }),
  )
}

function fieldOf(model: string, field: Described): DataField {
  const { kind, type, isList, isRequired, isId, isUnique } = field
  if (kind === 'object' && isModel(type)) {
    return { kind: 'relation', model: type, isList, isRequired, link: linkOf(model, field) }
  }
  const isForeign = (described[model]?.fields ?? []).some((other) => foreignKeyOf(other) === field.name)
  return { kind: kind === 'enum' ? 'enum' : 'scalar', type, isList, isRequired, isUnique: isId || isUnique, isForeign }
}

/** Foreign keys have one column here, and refer to the key of the other table. */
function linkOf(model: string, field: Described): RelationField['link'] {
  const own = foreignKeyOf(field)
  const key = keyOf(own === undefined ? model : field.type)
  if (key === undefined) return undefined
  if (own !== undefined) return { here: own, there: key }
  const others = described[field.type]?.fields ?? []
  const there = others.find((other) => other.relationName === field.relationName && foreignKeyOf(other) !== undefined)
  const foreign = there && foreignKeyOf(there)
  return foreign === undefined ? undefined : { here: key, there: foreign }
}

function foreignKeyOf({ relationFromFields = [] }: Described): string | undefined {
  return relationFromFields.length === 1 ? relationFromFields[0] : undefined
}
