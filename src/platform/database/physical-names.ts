import { PrismaPg } from '@prisma/adapter-pg'
import { z } from 'zod'
import { type Prisma, PrismaClient } from '../../generated/prisma/client.ts'

export type Model = Prisma.ModelName
/** A whole row of a model, by field names. */
export type Row<M extends Model> = Prisma.TypeMap['model'][M]['payload']['scalars']
export type Field<M extends Model> = keyof Row<M> & string

const runtimeDataModel = z.object({
  models: z.record(
    z.string(),
    z.object({
      schema: z.string(),
      dbName: z.string(),
      fields: z.array(z.object({ name: z.string(), kind: z.string(), dbName: z.string().optional() })),
    }),
  ),
})

/** What a model and its fields are called in PostgreSQL, quoted. */
export interface PhysicalTable<M extends Model> {
  /** With its schema. */
  name: string
  fields: Field<M>[]
  column(field: Field<M>): string
}

let models: z.infer<typeof runtimeDataModel>['models'] | undefined

/**
 * The names of a model in PostgreSQL, so that only the models say them. The one place that holds both names is what the client was generated with; it is no public property, hence the check of its shape
 * (plugin-prisma reads the same). No connection is made.
 */
export function physicalTable<M extends Model>(model: M): PhysicalTable<M> {
  models ??= readModels()
  const found = models[model]
  if (!found) throw new Error(`The generated client knows no model ${model}: npm run generate`)
  const names = new Map<string, string>()
  for (const field of found.fields) {
    if (field.kind !== 'object') names.set(field.name, `"${field.dbName ?? field.name}"`)
  }
  const isField = (name: string): name is Field<M> => names.has(name)
  return {
    name: `"${found.schema}"."${found.dbName}"`,
    fields: [...names.keys()].filter(isField),
    column(field: Field<M>): string {
      const name = names.get(field)
      if (name === undefined) throw new Error(`The generated client knows no field ${model}.${field}: npm run generate`)
      return name
    },
  }
}

function readModels() {
  const client = new PrismaClient({ adapter: new PrismaPg({}) })
  return runtimeDataModel.parse(Reflect.get(client, '_runtimeDataModel')).models
}
