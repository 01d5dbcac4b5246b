import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { DMMF, GeneratorOptions } from '@prisma/generator-helper'
import generatorHelper from '@prisma/generator-helper'
import { externalNames } from '../src/platform/database/external-tables.ts'

// A generator of Prisma, which `prisma generate` runs: it keeps what the models say of keys, links, column types and labels, which
// neither the client nor plugin-prisma's data model keeps.

generatorHelper.generatorHandler({
  onManifest: () => ({ prettyName: 'The data model', defaultOutput: '../src/generated/data-model.ts' }),
  onGenerate: async ({ dmmf, generator, schemaPath }: GeneratorOptions) => {
    if (!generator.output?.value) throw new Error('The data model has no output')
    await writeFile(generator.output.value, sourceOf(dmmf.datamodel, await externalTablesIn(schemaPath)))
  },
})

async function externalTablesIn(schemaPath: string): Promise<ReadonlySet<string>> {
  const folder = (await stat(schemaPath)).isDirectory() ? schemaPath : dirname(schemaPath)
  const names = (await readdir(folder)).filter((name) => name.endsWith('.prisma'))
  const files = names.map(async (name) => ({ content: await readFile(join(folder, name), 'utf8') }))
  return new Set(externalNames(await Promise.all(files)).externalTables)
}

function sourceOf({ models, enums }: DMMF.Datamodel, external: ReadonlySet<string>): string {
  const keyed = models.map((model) => ({ model, key: keyOf(model) }))
  const types = keyed.map(({ model: { name }, key }) => `  ${name}: ${keyType(name, key)}`)
  const facts = keyed.map(({ model, key }) => [
    model.name,
    {
      isExternal: external.has(`${model.schema}.${model.dbName}`),
      key,
      nativeTypes: nativeTypesOf(model),
      sizes: sizesOf(model),
      links: linksOf(model, models),
    },
  ])
  return `// Made by scripts/data-model-generator.ts. Do not edit.
import type * as models from './prisma/client.ts'

/** The key of a row of each model: the value of its field, or an object where the key has several. */
export interface Keys {
${types.join('\n')}
}

interface ModelFacts {
  /** Whether another system owns its table. */
  readonly isExternal: boolean
  /** The fields of its key; none where no fields identify a row. */
  readonly key: readonly string[]
  /** The types of columns in PostgreSQL that a field names with \`@db\`. */
  readonly nativeTypes: Readonly<Record<string, string>>
  /** The numbers of these types: 40 of \`VarChar(40)\`, 10 and 2 of \`Decimal(10, 2)\`. */
  readonly sizes: Readonly<Record<string, readonly number[]>>
  /** The fields that link the rows of a relation. Many-to-many relations without a model between have none. */
  readonly links: Readonly<Record<string, { readonly here: readonly string[]; readonly there: readonly string[] }>>
}

export const facts: Readonly<Record<string, ModelFacts>> = ${JSON.stringify(Object.fromEntries(facts), null, 2)}

/** What PostgreSQL calls the values of an enum, where that is not their names. */
export const labels: Readonly<Record<string, Readonly<Record<string, string>>>> = ${JSON.stringify(labelsOf(enums), null, 2)}
`
}

/** As plugin-prisma chooses it: the primary key, else the first unique field or index that is never null. */
function keyOf({ fields, primaryKey, uniqueIndexes }: DMMF.Model): readonly string[] {
  if (primaryKey) return primaryKey.fields
  const required = new Set(fields.filter(({ isRequired }) => isRequired).map(({ name }) => name))
  const one = fields.find(({ isId }) => isId) ?? fields.find(({ name, isUnique }) => isUnique && required.has(name))
  if (one) return [one.name]
  return uniqueIndexes.find((index) => index.fields.every((field) => required.has(field)))?.fields ?? []
}

function keyType(model: string, key: readonly string[]): string {
  if (key.length === 0) return 'never'
  const names = key.map((field) => `'${field}'`)
  return key.length === 1 ? `models.${model}[${names[0]}]` : `Pick<models.${model}, ${names.join(' | ')}>`
}

function nativeTypesOf({ fields }: DMMF.Model): Record<string, string> {
  return Object.fromEntries(
    fields.flatMap((field) => {
      const nativeType = isWideInt(field) ? 'BigInt' : field.nativeType?.[0]
      return nativeType ? [[field.name, nativeType]] : []
    }),
  )
}

/** Prisma has no `Int @db.BigInt`. With `/// @column bigint` before it, a field stays an Int when its column is widened. */
function isWideInt({ name, type, documentation = '' }: DMMF.Field): boolean {
  const column = /^@column\b *(.*)$/m.exec(documentation)?.[1]
  if (column === undefined) return false
  if (type === 'Int' && column.trim() === 'bigint') return true
  throw new Error(
    `${name}: "@column ${column}" is unknown. It says that the column of an Int is a bigint: /// @column bigint`,
  )
}

function labelsOf(enums: readonly DMMF.DatamodelEnum[]): Record<string, Record<string, string>> {
  const mapped = enums.map(({ name, values }) => {
    const own = values.filter((value) => (value.dbName ?? value.name) !== value.name)
    return [name, Object.fromEntries(own.map((value) => [value.name, value.dbName ?? '']))] as const
  })
  return Object.fromEntries(mapped.filter(([, own]) => Object.keys(own).length > 0))
}

function sizesOf({ fields }: DMMF.Model): Record<string, number[]> {
  const sized = fields.flatMap(({ name, nativeType }) =>
    nativeType?.[1].length ? [[name, nativeType[1].map(Number)]] : [],
  )
  return Object.fromEntries(sized)
}

function linksOf({ name, fields }: DMMF.Model, models: readonly DMMF.Model[]) {
  return Object.fromEntries(
    fields.flatMap((field) => {
      const { relationFromFields: from = [], relationToFields: to = [] } = field
      if (from.length > 0) return [[field.name, { here: from, there: to }]]
      const others = models.find((model) => model.name === field.type)?.fields ?? []
      const back = others.find(
        (other) => other.relationName === field.relationName && other.type === name && other.relationFromFields?.length,
      )
      return back ? [[field.name, { here: back.relationToFields, there: back.relationFromFields }]] : []
    }),
  )
}
