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

/** Quoted names in PostgreSQL: the table with its schema, and columns by field. */
interface PhysicalNames {
  name: string
  columns: ReadonlyMap<string, string>
  /** Without quotes. */
  plain: { schema: string; table: string; columns: ReadonlyMap<string, string> }
}

let tables: ReadonlyMap<string, PhysicalNames> | undefined

/**
 * The names of a model and its fields in PostgreSQL, so that only the models state them. The generated client holds
 * them in a property that is not public, so its shape is checked (plugin-prisma reads the same one). No connection is
 * made.
 */
export function physicalNames(model: Model): PhysicalNames {
  tables ??= readTables()
  const found = tables.get(model)
  if (!found) throw new Error(`The generated client knows no model ${model}: npm run generate`)
  return found
}

/** The same, for fields that are known at compile time. */
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
      const names = new Map(values.map(({ name, dbName }) => [name, dbName ?? name]))
      const columns = new Map([...names].map(([field, name]) => [field, quoted(name)]))
      const plain = { schema, table: dbName, columns: names }
      return [model, { name: `${quoted(schema)}.${quoted(dbName)}`, columns, plain }]
    }),
  )
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
