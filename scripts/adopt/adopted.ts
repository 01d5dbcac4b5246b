import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { enumType, table, type Wanted } from './catalogue.ts'
import type { KnownNames, KnownNoun } from './known-names.ts'
import { physicalName } from './naming.ts'
import type { Plan } from './noun.ts'
import type { Served } from './plan.ts'

/** What an adoption read, what it was asked for, and the names that it gave: all that the next one starts from. */
export interface Adopted {
  wanted: Wanted
  served: Served
  known: KnownNames
  /** The file as it is in the project. */
  text: string
}

/** The file beside the models. It is sorted and has a line for each column, so that a change of the tables reads well. */
export function adoptedPath(name: string): string {
  return `prisma/${name}.catalogue.json`
}

const stored = z.object({
  asked: z.object({
    schemas: z.array(z.string()),
    tables: z.array(z.string()).optional(),
    writes: z.array(z.string()).optional(),
  }),
  enums: list(
    enumType.extend({
      as: z.string().optional(),
      labels: list(z.object({ label: z.string(), as: z.string().optional() })),
    }),
  ),
  tables: list(
    table.extend({
      model: z.string().optional(),
      one: z.string().optional(),
      many: z.string().optional(),
      uniques: list(table.shape.uniques.element),
      checks: list(table.shape.checks.element),
      indexes: list(table.shape.indexes.element),
      columns: list(table.shape.columns.element.extend({ as: z.string().optional() })),
      foreignKeys: list(
        table.shape.foreignKeys.element.extend({ as: z.string().optional(), backAs: z.string().optional() }),
      ),
    }),
  ),
})
type Stored = z.infer<typeof stored>

/** What an earlier run wrote; undefined where there was none. */
export async function readAdopted(root: string, name: string): Promise<Adopted | undefined> {
  const path = adoptedPath(name)
  const text = await readFile(join(root, path), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const { data } = stored.safeParse(parsedJson(text))
  if (!data) throw new Error(`${path} is not what npm run adopt wrote: git checkout ${path} gives it back.`)
  return { wanted: data.asked, served: servedOf(data), known: knownOf(data), text }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function servedOf({ enums, tables }: Stored): Served {
  return {
    enums: enums.map(({ as: _, labels, ...source }) => ({ ...source, labels: labels.map(({ label }) => label) })),
    tables: tables.map(({ model: _, one: __, many: ___, columns, foreignKeys, ...rest }) => ({
      ...rest,
      columns: columns.map(({ as: _, ...each }) => each),
      foreignKeys: foreignKeys.map(({ as: _, backAs: __, ...each }) => each),
    })),
  }
}

function knownOf({ enums, tables }: Stored): KnownNames {
  const linked = linkedNames(tables)
  return {
    nouns: new Map(
      tables.flatMap((each): [string, KnownNoun][] => {
        const { model, one, many, columns, foreignKeys } = each
        if (model === undefined || one === undefined || many === undefined) return []
        const fields = new Map(columns.flatMap(({ name, as }) => (as === undefined ? [] : [[name, as]])))
        const relations = new Map(
          foreignKeys.flatMap(({ name, as, backAs }) =>
            as === undefined || backAs === undefined ? [] : [[name, { name: as, backName: backAs }]],
          ),
        )
        const place = physicalName(each)
        return [[place, { model, one, many, fields, relations, linked: linked.get(place) ?? [] }]]
      }),
    ),
    enums: new Map(
      enums.flatMap((each) =>
        each.as === undefined ? [] : [[physicalName(each), { name: each.as, values: labelNames(each.labels) }]],
      ),
    ),
  }
}

function labelNames(labels: Stored['enums'][number]['labels']): Map<string, string> {
  return new Map(labels.flatMap(({ label, as }) => (as === undefined ? [] : [[label, as]])))
}

/** The names of the relations on both of their sides, by table. */
function linkedNames(tables: Stored['tables']): Map<string, string[]> {
  const sides = tables.flatMap((from) =>
    from.foreignKeys.flatMap(({ as, backAs, to }) => [
      ...(as === undefined ? [] : [{ place: physicalName(from), name: as }]),
      ...(backAs === undefined ? [] : [{ place: physicalName(to), name: backAs }]),
    ]),
  )
  const groups = Map.groupBy(sides, ({ place }) => place)
  return new Map([...groups].map(([place, group]) => [place, group.map(({ name }) => name)]))
}

/** The text of the file. What changes by itself, such as numbers of rows and of objects, is not in it. */
export function adoptedText(wanted: Wanted, { tables, enums }: Served, plan: Plan): string {
  const types = new Map(plan.enums.map((named) => [physicalName(named.source), named]))
  const nouns = new Map(plan.nouns.map((noun) => [physicalName(noun.table), noun]))
  const file = {
    asked: wanted,
    enums: enums.map((each) => {
      const own = types.get(physicalName(each))
      const names = new Map(own?.values.map(({ label, graphql }) => [label, graphql]))
      return {
        ...{ schema: each.schema, name: each.name, as: own?.name, comment: each.comment },
        labels: each.labels.map((label) => ({ label, as: names.get(label) })),
      }
    }),
    tables: tables.map((each) => {
      const own = nouns.get(physicalName(each))
      const fields = new Map(own?.fields.map(({ column: { name }, name: as }) => [name, as]))
      const relations = new Map(own?.relations.map((relation) => [relation.foreignKey.name, relation]))
      const { schema, name, columns, foreignKeys, ...rest } = table.parse(each)
      return {
        ...{ schema, name, model: own?.model, one: own?.one, many: own?.many, ...rest },
        columns: columns.map(({ name, ...column }) => ({ name, as: fields.get(name), ...column })),
        foreignKeys: foreignKeys.map(({ name, ...key }) => {
          const relation = relations.get(name)
          return { name, as: relation?.name, backAs: relation?.backName, ...key }
        }),
      }
    }),
  }
  return `${printed(file, '')}\n`
}

/** Lists of objects have a line for each, and what has such lists a line for each of its members. */
function printed(value: unknown, indent: string): string {
  const inner = `${indent}  `
  if (Array.isArray(value) && value.some(isObject)) {
    return `[\n${value.map((each) => inner + printed(each, inner)).join(',\n')}\n${indent}]`
  }
  if (!isObject(value)) return JSON.stringify(value)
  const members = Object.entries(value).filter(([, member]) => !isBlank(member))
  if (members.some(([, member]) => Array.isArray(member) && member.some(isObject))) {
    return `{\n${members.map(([key, member]) => `${inner}${JSON.stringify(key)}: ${printed(member, inner)}`).join(',\n')}\n${indent}}`
  }
  return `{ ${members.map(([key, member]) => `${JSON.stringify(key)}: ${printed(member, inner)}`).join(', ')} }`
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Blank members are not written. */
function isBlank(value: unknown): boolean {
  return value === undefined || value === null || value === false || (Array.isArray(value) && value.length === 0)
}

/** A list of objects whose blank members are not written. */
function list<Shape extends z.ZodRawShape>(item: z.ZodObject<Shape>) {
  const blanks = Object.entries(item.shape).flatMap(([key, member]) => {
    const blank = [undefined, null, false, []].find((each) => z.safeParse(member, each).success)
    return blank === undefined ? [] : [[key, blank]]
  })
  const filled = z.preprocess((value) => (isObject(value) ? { ...Object.fromEntries(blanks), ...value } : value), item)
  return z.preprocess((value) => value ?? [], z.array(filled))
}
