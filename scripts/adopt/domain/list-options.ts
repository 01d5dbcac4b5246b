import type { Field, Noun, Relation } from '../noun.ts'
import { isShown, type ValueType } from '../value-types.ts'
import { screamingCase, spoken, wordsOf } from '../words.ts'
import { quoted } from './code.ts'
import { looksPersonal } from './personal.ts'

/** Values that are in no cursor. */
const unsortable = new Set<ValueType['graphql']>(['JSON', 'Byte'])

export interface ListSort {
  name: string
  fields: readonly Field[]
  isUnique: boolean
  /** Where rows without a value stand; undefined where there are none. */
  nulls: 'last' | undefined
  says: string
}

/** What a list can be sorted by: the key, and the columns of each index, together. */
export function sortsOf(noun: Noun): ListSort[] {
  const { key, relations } = noun
  if (key.length === 0 || !key.every(isSortable)) return []
  const references = new Set(relations.flatMap(({ fields }) => fields))
  const byKey: ListSort = {
    name: 'ID',
    fields: key,
    isUnique: true,
    nulls: undefined,
    says: `By ${key.map(({ name }) => spoken(name)).join(' and ')}.`,
  }
  const byValues = indexesOf(noun).flatMap((index): ListSort[] => {
    const [first, ...others] = sortedBy(noun, index.fields)
    if (!first || references.has(first)) return []
    const fields = [first, ...others]
    const isWhole = index.isUnique && fields.length === index.fields.length
    return [
      {
        name: screamingName(fields.map(({ name }) => name)),
        fields,
        isUnique: isWhole && first.column.isRequired,
        nulls: first.column.isRequired ? undefined : 'last',
        says: `By ${fields.map(({ name }) => spoken(name)).join(', then ')}${first.column.isRequired ? '' : '; those without one are last'}.`,
      },
    ]
  })
  return [byKey, ...new Map(byValues.map((sort) => [sort.name, sort])).values()]
}

/** The columns of an index in front of its key, which sorts have anyway. Only the first one may be null. */
function sortedBy({ key }: Noun, fields: readonly Field[]): Field[] {
  const end = fields.findIndex((field, at) => !isSortable(field) || (at > 0 && !field.column.isRequired))
  const sorted = end < 0 ? [...fields] : fields.slice(0, end)
  while (sorted.length > 0 && key.includes(sorted.at(-1) as Field)) sorted.pop()
  return sorted
}

function screamingName(names: readonly string[]): string {
  return screamingCase(names.flatMap(wordsOf)).replace(/^(?=\d)/, '_')
}

function isSortable({ value }: Field): boolean {
  return isShown(value) && !value.isList && !unsortable.has(value.graphql)
}

/** The indexes that find rows in order, with their columns up to the first that has no field. */
function indexesOf({ table, fields }: Noun): { fields: Field[]; isUnique: boolean }[] {
  return table.indexes.flatMap(({ columns, method, condition, isUnique }) => {
    if (condition !== null || method !== 'btree') return []
    const found = columns.map((name) => fields.find(({ column }) => column.name === name))
    const end = found.indexOf(undefined)
    const own = (end < 0 ? found : found.slice(0, end)).filter((field) => field !== undefined)
    return own.length > 0 ? [{ fields: own, isUnique: isUnique && end < 0 }] : []
  })
}

export interface ListFilter {
  name: string
  /** The field of the filter's input type. */
  input: string
  /** The condition, where `name` is given. */
  where: string
  /** The range type that it uses. */
  range?: RangeType
  enum?: string
  /** Whether it takes an id. */
  isReference: boolean
}

export type RangeType = 'IntRange' | 'FloatRange' | 'BigIntRange' | 'DateRange' | 'DateTimeRange' | 'DecimalRange'

/** What a list can be filtered by: the rows it belongs to, and the values that an index begins with. */
export function filtersOf(noun: Noun): ListFilter[] {
  const { relations, phrases } = noun
  const references = relations.filter((relation) => isIndexed(noun, relation))
  const own = new Set(relations.flatMap(({ fields }) => fields))
  const indexed = [...new Set(indexesOf(noun).flatMap(({ fields: [first] }) => first ?? []))]
  const values = indexed.filter((field) => field.name !== 'id' && !own.has(field))
  return [
    ...references.map((relation) => referenceFilter(relation, phrases)),
    ...values.flatMap((field) => valueFilter(field, phrases) ?? []),
  ]
}

function isIndexed({ table }: Noun, { fields }: Relation): boolean {
  const wanted = new Set(fields.map(({ column }) => column.name))
  return table.indexes.some(({ columns, condition }) => {
    return condition === null && new Set(columns.slice(0, wanted.size)).isSupersetOf(wanted)
  })
}

function referenceFilter(relation: Relation, phrases: string): ListFilter {
  const { to, name } = relation
  const input = `${name}Id`
  return {
    name: input,
    input: `t.id({ description: ${quoted(`The ${phrases} whose ${spoken(name)} is this.`)} })`,
    where: referenceCondition(relation, `decodeId(${quoted(to.model)}, ${input})`),
    isReference: true,
  }
}

/** By the columns of the reference where they hold the key of the other row, and otherwise by that row. */
function referenceCondition({ name, fields, to, toFields }: Relation, key: string): string {
  const [only, ...others] = fields
  const isKey = toFields.length === to.key.length && toFields.every((field) => to.key.includes(field))
  if (isKey && only && others.length === 0) return `{ ${only.name}: ${key} }`
  if (isKey && fields.every((field, at) => field.name === toFields[at]?.name)) return key
  return to.key.length === 1 ? `{ ${name}: { ${to.key[0]?.name}: ${key} } }` : `{ ${name}: ${key} }`
}

const ranges: Partial<Record<ValueType['graphql'], RangeType>> = {
  Int: 'IntRange',
  Float: 'FloatRange',
  BigInt: 'BigIntRange',
  Date: 'DateRange',
  DateTime: 'DateTimeRange',
  Decimal: 'DecimalRange',
}

/** A text that is none of its type would be an error of the database. */
function isOfBits({ native }: ValueType): boolean {
  return native !== undefined && /^(Bit|VarBit)/.test(native)
}

function valueFilter(field: Field, phrases: string): ListFilter | undefined {
  const { name, value } = field
  if (!isShown(value) || value.isList || isOfBits(value)) return undefined
  const said = spoken(name)
  const options = (says: string, type?: string) =>
    `{ ${[...(type ? [`type: ${type}`] : []), `description: ${quoted(says)}`, ...(looksPersonal(field) ? [`sensitivity: 'personal'`] : [])].join(', ')} }`
  const range = ranges[value.graphql]
  if (range) {
    const input = `t.field(${options(`The ${phrases} whose ${said} is in this range.`, range)})`
    const between = range === 'DateRange' ? 'daysBetween' : 'between'
    return { name, input, where: `{ ${name}: ${between}(${name}) }`, range, isReference: false }
  }
  if (value.graphql === 'enum') {
    const input = `t.field(${options(`The ${phrases} whose ${said} is one of these.`, `[${value.prisma}]`)})`
    return { name, input, where: `{ ${name}: { in: [...new Set(${name})] } }`, enum: value.prisma, isReference: false }
  }
  if (value.graphql === 'Boolean') {
    return { name, input: `t.boolean(${options(`Whether: ${said}.`)})`, where: `{ ${name} }`, isReference: false }
  }
  if (value.graphql !== 'String' && value.graphql !== 'UUID') return undefined
  const says = options(`The ${phrases} with this ${said}.`, value.graphql === 'UUID' ? `'UUID'` : undefined)
  const input = value.graphql === 'UUID' ? `t.field(${says})` : `t.string(${says})`
  return { name, input, where: `{ ${name} }`, isReference: false }
}
