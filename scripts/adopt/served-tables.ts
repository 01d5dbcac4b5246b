import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Prisma } from '../../src/generated/prisma/client.ts'
import {
  type DataField,
  fieldsOf,
  isExternal,
  isWideInt,
  keyFieldsOf,
  type Model,
} from '../../src/platform/database/data-model.ts'
import { physicalNames } from '../../src/platform/database/physical-names.ts'
import { withClient } from '../../src/platform/database/with-client.ts'
import { readCatalogue } from './catalogue.ts'
import { compareTables, type Differences, type ServedTable } from './compare-tables.ts'
import { modelBlocks } from './model-blocks.ts'

/** Compares the models of tables that another system owns with the tables; undefined where there are no such models. */
export async function differencesFrom(url: string, prismaFolder: string): Promise<Differences | undefined> {
  const models = Object.values(Prisma.ModelName).filter(isExternal)
  if (models.length === 0) return undefined
  const indexes = indexesIn(await textsOf(prismaFolder))
  const served = models.map((model) => servedTable(model, indexes.get(model) ?? []))
  const schemas = [...new Set(served.map(({ schema }) => schema))]
  return compareTables(served, await withClient(url, (client) => readCatalogue(client, { schemas })))
}

function servedTable(model: Model, indexes: readonly (readonly string[])[]): ServedTable {
  const { schema, table, columns } = physicalNames(model).plain
  const columnOf = (field: string) => columns.get(field) ?? field
  const fields = [...fieldsOf(model)].flatMap(([name, field]) => {
    if (field.kind === 'relation') return []
    const { isList, isRequired } = field
    return [{ name, column: columnOf(name), type: storedType(field), isList, isRequired }]
  })
  const key = keyFieldsOf(model).map(columnOf)
  return { model, schema, table, fields, key, indexes: indexes.map((index) => index.map(columnOf)) }
}

function storedType(field: Exclude<DataField, { kind: 'relation' }>): string {
  if (field.kind === 'enum') return 'enum'
  return isWideInt(field) ? 'BigInt' : field.type
}

async function textsOf(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.prisma'))
  return Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
}

/** What follows a field in an index: `(sort: Desc, ops: raw("…"))`. */
const parenthesised = /\((?:[^()]|\([^()]*\))*\)/g

/** The fields of the indexes that models name: neither the client nor its data model keeps them. */
export function indexesIn(texts: readonly string[]): Map<string, string[][]> {
  return new Map(
    modelBlocks(texts).map(({ model, body }) => {
      const several = [...body.matchAll(/^ *@@(?:index|unique)\(\[(.*?)\]/gm)].map(([, fields = '']) =>
        fields
          .replace(parenthesised, '')
          .split(',')
          .map((field) => field.trim()),
      )
      const single = [...body.matchAll(/^ *(\w+) +\S+.* @unique\b/gm)].map(([, field = '']) => [field])
      return [model, [...several, ...single]]
    }),
  )
}
