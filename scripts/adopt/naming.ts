import type { Catalogue, Column, Enum, Table } from './catalogue.ts'
import type { KnownEnum, KnownNames } from './known-names.ts'
import type { EnumValue, NamedEnum, Noun } from './noun.ts'
import { FieldNames, type TypeNames } from './reserved-names.ts'
import { camelCase, capitalized, pascalCase, plural, screamingCase, singular, wordsOf } from './words.ts'

type NounNames = Pick<Noun, 'model' | 'one' | 'many' | 'phrase' | 'phrases'>

/** The names of the tables, in their order: the same tables always get the same names. */
export function nounNames(tables: readonly Table[], types: TypeNames, known: KnownNames): Map<Table, NounNames> {
  const kept = tables.flatMap((table) => known.nouns.get(physicalName(table)) ?? [])
  const roots = new FieldNames(['node', 'nodes', 'viewer', 'changes', ...kept.flatMap(({ one, many }) => [one, many])])
  return new Map(
    tables.map((table) => {
      const own = known.nouns.get(physicalName(table)) ?? namesOf(table, types, roots)
      return [table, { ...own, ...phrasesOf(own.model) }]
    }),
  )
}

function phrasesOf(model: string): Pick<Noun, 'phrase' | 'phrases'> {
  const words = wordsOf(model)
  return { phrase: words.join(' '), phrases: plural(words).join(' ') }
}

function namesOf({ schema, name }: Table, types: TypeNames, roots: FieldNames): Pick<Noun, 'model' | 'one' | 'many'> {
  const words = typeWords(name, 'table')
  const one = singular(words)
  const candidates = [one, words, ...inSchema(schema, one), [...one, 'record']]
  const model = types.take(candidates.map(pascalCase), 'model')
  const own = wordsOf(model)
  const many = plural(own)
  const isSame = many.join() === own.join()
  return {
    model,
    one: roots.take([camelCase(own), `${camelCase(own)}ById`]),
    many: roots.take([...(isSame ? [] : [camelCase(many)]), `${camelCase(own)}List`]),
  }
}

/** `sales customer`; nobody says that something is public. */
function inSchema(schema: string, words: readonly string[]): string[][] {
  return schema === 'public' ? [] : [[...wordsOf(schema), ...words]]
}

/** The words of a type, which begins with a letter. */
function typeWords(name: string, otherwise: string): string[] {
  const words = wordsOf(name)
  if (words.length === 0) return [otherwise]
  return /^\d/.test(words[0] ?? '') ? [otherwise, ...words] : words
}

export function namedEnums(enums: Catalogue['enums'], types: TypeNames, known: KnownNames): NamedEnum[] {
  return enums.map((source) => {
    const own = known.enums.get(physicalName(source))
    const values = enumValues(source, own)
    if (own) return { source, name: own.name, values }
    const words = singular(typeWords(source.name, 'enum'))
    const candidates = [words, ...inSchema(source.schema, words), [...words, 'value']]
    return { source, name: types.take(candidates.map(pascalCase), 'enum'), values }
  })
}

const literals = new Set(['true', 'false', 'null'])

/** Prisma's names are the labels wherever they can be. */
function enumValues({ labels }: Enum, known: KnownEnum | undefined): EnumValue[] {
  const shown = new FieldNames(labels.flatMap((label) => known?.values.get(label) ?? []))
  const own = new FieldNames(labels.filter(isPrismaName))
  return labels.map((label, at) => {
    const words = wordsOf(label)
    const name = screamingCase(words)
    const candidate = words.length === 0 ? `VALUE_${at + 1}` : /^\d/.test(name) ? `_${name}` : name
    const graphql = known?.values.get(label) ?? shown.take([candidate])
    return { label, graphql, prisma: isPrismaName(label) ? label : own.take([graphql.replace(/^_/, 'VALUE_')]) }
  })
}

function isPrismaName(label: string): boolean {
  return /^[A-Za-z]\w*$/.test(label) && !literals.has(label)
}

/** The names of a table's columns, by column. The key is `id` where its name says no more than that. */
export function fieldNames(
  table: Table,
  key: readonly string[] | undefined,
  noun: NounNames,
  known: KnownNames,
): Map<Column, string> {
  const [only, ...others] = key ?? []
  const keyColumn = others.length === 0 ? table.columns.find(({ name }) => name === only) : undefined
  const isId = keyColumn !== undefined && isPlainKey(keyColumn.name, table.name, noun)
  const own = known.nouns.get(physicalName(table))
  const kept = table.columns.flatMap(({ name }) => own?.fields.get(name) ?? [])
  // `id` is the name of the public id, so no other column has it.
  const names = new FieldNames(['id', ...kept, ...(own?.linked ?? [])])
  return new Map(
    table.columns.map((column, at) => {
      if (isId && column === keyColumn) return [column, 'id']
      const before = own?.fields.get(column.name)
      if (before !== undefined && before !== 'id') return [column, before]
      const words = wordsOf(column.name)
      const name = words.length === 0 ? `field${at + 1}` : camelCase(words)
      const started = /^\d/.test(name) ? `field${capitalized(name)}` : name
      return [column, names.take([started, `${started}Value`])]
    }),
  )
}

/** `id`, `uid`, and in a table `artist` also `artist_id`. */
function isPlainKey(column: string, table: string, { phrase }: NounNames): boolean {
  const words = wordsOf(column)
  const last = words.pop() ?? ''
  const own = [wordsOf(table), singular(wordsOf(table)), phrase.split(' ')].map((each) => each.join(''))
  if (words.length === 0) return ['id', 'uid', 'uuid', 'guid', ...own.map((name) => `${name}id`)].includes(last)
  return ['id', 'uid', 'uuid', 'guid'].includes(last) && own.includes(words.join(''))
}

/** Names of tables and views in messages: without the schema that everything is in unless it is said. */
export function physicalName({ schema, name }: { schema: string; name: string }): string {
  return schema === 'public' ? name : `${schema}.${name}`
}
