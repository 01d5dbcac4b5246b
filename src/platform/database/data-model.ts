import { facts, labels } from '../../generated/data-model.ts'
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
  /** The type of its column in PostgreSQL, where the model names one: `Uuid`. */
  nativeType: string | undefined
  /** The numbers of that type: 40 of `VarChar(40)`. */
  sizes: readonly number[]
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

export interface Link {
  readonly here: readonly string[]
  readonly there: readonly string[]
}

export interface RelationField extends Field {
  kind: 'relation'
  model: Model
  /** The fields that link the two models, in pairs; undefined where they are linked by a hidden table. */
  link: Link | undefined
  /** Whether the row itself has the key of the other one, and not the other one the key of this. */
  hasKey: boolean
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

/** The fields whose values together identify a row of a model; none where there is no such thing, as of some views. */
export function keyFieldsOf(model: string): readonly string[] {
  return facts[model]?.key ?? []
}

/** Whether its column has a date and a time, and no zone: Prisma's own type for moments. */
export function isLocalTime({ type, nativeType }: { type: string; nativeType?: string | undefined }): boolean {
  return type === 'DateTime' && (nativeType === undefined || nativeType === 'Timestamp')
}

/** Whether another system owns its table. */
export function isExternal(model: string): boolean {
  return facts[model]?.isExternal ?? false
}

/** Whether a field is an Int, although its column has eight bytes. */
export function isWideInt({ type, nativeType }: ScalarField): boolean {
  return type === 'Int' && nativeType === 'BigInt'
}

/** What PostgreSQL calls a value of an enum; undefined where the enum has no such value. */
export function labelOf({ type }: EnumField, value: unknown): string | undefined {
  const isValue = typeof value === 'string' && Object.hasOwn(Reflect.get(enums, type) ?? {}, value)
  return isValue ? (labels[type]?.[value] ?? value) : undefined
}

/** The value of an enum that PostgreSQL calls this. */
export function enumValueOf({ type }: EnumField, label: string): string {
  return valuesByLabel.get(type)?.get(label) ?? label
}

const valuesByLabel = new Map(
  Object.entries(labels).map(([name, own]) => [
    name,
    new Map(Object.entries(own).map(([value, label]) => [label, value])),
  ]),
)

function readFields(): Map<string, Map<string, DataField>> {
  return new Map(
    Object.entries(described).map(([model, { fields }]) => {
      return [model, new Map(fields.map((field) => [field.name, fieldOf(model, field)]))]
    }),
  )
}

function fieldOf(model: string, field: Described): DataField {
  const { name, kind, type, isList, isRequired, isId, isUnique } = field
  if (kind === 'object' && isModel(type)) {
    const hasKey = (field.relationFromFields ?? []).length > 0
    return { kind: 'relation', model: type, isList, isRequired, link: facts[model]?.links[name], hasKey }
  }
  const isForeign = (described[model]?.fields ?? []).some(({ relationFromFields }) => isOnly(name, relationFromFields))
  const nativeType = facts[model]?.nativeTypes[name]
  return {
    kind: kind === 'enum' ? 'enum' : 'scalar',
    type,
    nativeType,
    sizes: facts[model]?.sizes[name] ?? [],
    isList,
    isRequired,
    isUnique: isId || isUnique,
    isForeign,
  }
}

function isOnly(name: string, fields: readonly string[] = []): boolean {
  return fields.length === 1 && fields[0] === name
}
