import type PrismaTypes from '../../generated/pothos-types.ts'
import { getDatamodel } from '../../generated/pothos-types.ts'
import { Prisma } from '../../generated/prisma/client.ts'

export type Model = keyof PrismaTypes

export type DataField =
  | { kind: 'scalar'; type: string; isList: boolean }
  | { kind: 'enum'; type: string; isList: boolean }
  | { kind: 'relation'; model: Model; isList: boolean }

const fieldsByModel = readFields()

/** The fields of a model, by their names in the client. */
export function fieldsOf(model: Model): ReadonlyMap<string, DataField> {
  return fieldsByModel.get(model) ?? new Map()
}

export function isModel(name: string | undefined): name is Model {
  return name !== undefined && Object.hasOwn(Prisma.ModelName, name)
}

/** The name a model has on a client: `orderLine`. */
export function propertyOf(model: Model): Uncapitalize<Model> {
  return `${model.slice(0, 1).toLowerCase()}${model.slice(1)}` as Uncapitalize<Model>
}

function readFields(): Map<string, Map<string, DataField>> {
  const { models } = getDatamodel().datamodel
  return new Map(
    Object.entries(models).map(([model, { fields }]) => {
      return [model, new Map(fields.map(({ name, kind, type, isList }) => [name, fieldOf(kind, type, isList)]))]
    }),
  )
}

function fieldOf(kind: string, type: string, isList: boolean): DataField {
  if (kind === 'object' && isModel(type)) return { kind: 'relation', model: type, isList }
  return { kind: kind === 'enum' ? 'enum' : 'scalar', type, isList }
}
