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

/** Names in PostgreSQL, quoted: of a table with its schema, of columns by the names of their fields. */
interface PhysicalNames {
  name: string
  columns: ReadonlyMap<string, string>
}

let tables: ReadonlyMap<string, PhysicalNames> | undefined

/**
 * What a model and its fields are called in PostgreSQL, so that only the models say so. The one place that holds both
 * names is what the client was generated with; it is no public property, hence the check of its shape (plugin-prisma
 * reads the same). No connection is made.
 */
export function physicalNames(model: Model): PhysicalNames {
  tables ??= readTables()
  const found = tables.get(model)
  if (!found) throw new Error(`The generated client knows no model ${model}: npm run generate`)
  return found
}

/** The same, by fields that are known when this is compiled. */
export interface PhysicalTable<M extends Model> {
  name: string
  fields: Field<M>[]
  column(field: Field<M>): string
}

export function physicalTable<M extends Model>(model: M): PhysicalTable<M> {
  const { name, columns } = physicalNames(model)
  const isField = (field: string): field is Field<M> => columns.has(field)
  return {
    name,
    fields: [...columns.keys()].filter(isField),
    column(field: Field<M>): string {
      const column = columns.get(field)
      if (column === undefined)
        throw new Error(`The generated client knows no field ${model}.${field}: npm run generate`)
      return column
    },
  }
}

function readTables(): Map<string, PhysicalNames> {
  const client = new PrismaClient({ adapter: new PrismaPg({}) })
  const { models } = runtimeDataModel.parse(Reflect.get(client, '_runtimeDataModel'))
  return new Map(
    Object.entries(models).map(([model, { schema, dbName, fields }]) => {
      const values = fields.filter(({ kind }) => kind !== 'object')
      const columns = new Map(values.map(({ name, dbName }) => [name, `"${dbName ?? name}"`]))
      return [model, { name: `"${schema}"."${dbName}"`, columns }]
    }),
  )
}
