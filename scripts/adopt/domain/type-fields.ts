import type { Field, Noun, Relation } from '../noun.ts'
import { FieldNames } from '../reserved-names.ts'
import { isShown, type ValueType } from '../value-types.ts'
import { capitalized, spoken } from '../words.ts'
import { description, quoted } from './code.ts'
import { looksPersonal } from './personal.ts'
import { ruleOf } from './words-of-noun.ts'

/** The fields of a noun's type: its id, its values, and the rows that it belongs to. */
export function typeFields(noun: Noun): string[] {
  const isSelected = noun.key.length > 0
  const values = shownFields(noun).map(({ field, value }) => `${field.name}: ${valueField(field, value, isSelected)}`)
  return [...idField(noun), ...values, ...noun.relations.map(relationField)]
}

/** What a join table adds to the edges of its lists, under the rule of the table. */
export function edgeFields(noun: Noun): string[] {
  const names = new FieldNames(['cursor', 'node'])
  const further = noun.relations.filter((relation) => !noun.joins?.includes(relation))
  return [
    ...shownFields(noun).map(({ field, value }) => {
      const name = names.take([field.name, `${field.name}Value`])
      return `${name}: ${valueField(field, value, true, ruleOf(noun))}`
    }),
    ...further.map(
      (relation) => `${names.take([relation.name, `${relation.name}Object`])}: ${relationFieldOf(relation)}`,
    ),
  ]
}

/** What a type shows of its columns: a reference is shown as the row that it leads to, and the key as the id. */
export function shownFields(noun: Noun): { field: Field; value: ValueType }[] {
  const references = new Set(noun.relations.flatMap(({ fields }) => fields))
  return noun.fields.flatMap((field) => {
    const { name, value } = field
    return name === 'id' || references.has(field) || !isShown(value) ? [] : [{ field, value }]
  })
}

function idField(noun: Noun): string[] {
  if (noun.key.length === 0) return []
  const select = noun.key.map(({ name }) => `${name}: true`).join(', ')
  return [`id: t.id({ description: 'The global id.', select: { ${select} }, resolve: ${idResolver(noun)} })`]
}

function idResolver({ key, model }: Noun): string {
  if (encoderOf(key) === 'idOf') return `idOf(${quoted(model)})`
  const names = key.map(({ name }) => name).join(', ')
  return `({ ${names} }) => encodeId(${quoted(model)}, ${key.length === 1 ? names : `{ ${names} }`})`
}

/** The function that makes ids from this key. */
export function encoderOf(key: Noun['key']): 'idOf' | 'encodeId' {
  return key.length === 1 && key[0]?.name === 'id' ? 'idOf' : 'encodeId'
}

const exposed = new Set<ValueType['graphql']>(['String', 'Int', 'Boolean'])

/** A row that is not selected is read whole. */
function valueField(field: Field, value: ValueType, isSelected: boolean, rule?: string): string {
  const { name, column } = field
  const options = [
    ...nullability(field, value, rule !== undefined),
    ...(rule && !looksPersonal(field) ? [`auth: ${rule}`] : []),
    ...(looksPersonal(field) ? [`sensitivity: 'personal'`] : []),
    `description: ${description(column.comment, sayField(field, value))}`,
  ]
  if (exposed.has(value.graphql) && !value.isList) {
    return `t.expose${value.graphql}(${quoted(name)}, { ${options.join(', ')} })`
  }
  const type = value.graphql === 'enum' ? value.prisma : quoted(value.graphql)
  const typed = [`type: ${value.isList ? `[${type}]` : type}`, ...options]
  const show = showing(value)
  if (show === undefined && !value.isList) return `t.expose(${quoted(name)}, { ${typed.join(', ')} })`
  const select = isSelected ? [`select: { ${name}: true }`] : []
  const resolve = `resolve: ({ ${name} }) => ${show ? resolved(field, value, show) : name}`
  return `t.field({ ${[...typed, ...select, resolve].join(', ')} })`
}

/**
 * A field with a rule is nullable, so that a denial removes only this field. Any list may have nulls in it, and a number may
 * be none.
 */
function nullability(field: Field, { isList, graphql }: ValueType, hasRule: boolean): string[] {
  const mayBeDenied = hasRule || looksPersonal(field)
  const mayBeNull = mayBeDenied || mayBeNone.has(graphql) || !field.column.isRequired
  if (isList) return [`nullable: { list: ${mayBeDenied}, items: true }`]
  return mayBeNull ? ['nullable: true'] : []
}

/** Values of which JSON or the standard has not all: NaN, infinity. */
const mayBeNone = new Set<ValueType['graphql']>(['Float', 'Duration'])

function sayField({ name }: Field, { graphql }: ValueType): string {
  return graphql === 'Boolean' ? `Whether: ${spoken(name)}` : `The ${spoken(name)}`
}

/** How a value becomes what its scalar shows; undefined where it is that. */
function showing(value: ValueType): ((value: string) => string) | undefined {
  const { graphql, scale } = value
  const shower = showerOf(value)
  if (shower) return (text) => `${shower.name}(${graphql === 'Decimal' ? `${text}, ${scale}` : text})`
  return graphql === 'Decimal' ? (text) => `${text}.toFixed()` : undefined
}

/** A function of the platform that shows values. */
interface Shower {
  name: string
  file: string
  ofNull?: true
}

const scalars = '../platform/graphql/further-scalars.ts'

const showers: Partial<Record<ValueType['graphql'], Shower>> = {
  Date: { name: 'dateText', file: '../platform/graphql/date-time.ts' },
  LocalTime: { name: 'timeText', file: '../platform/graphql/date-time.ts' },
  Time: { name: 'offsetTimeText', file: scalars },
  Float: { name: 'finite', file: scalars, ofNull: true },
  Duration: { name: 'finiteDuration', file: scalars, ofNull: true },
  Decimal: { name: 'decimalText', file: scalars },
}

/** A decimal without a scale has the digits that it has. */
function showerOf({ graphql, scale }: ValueType): Shower | undefined {
  return graphql === 'Decimal' && scale === undefined ? undefined : showers[graphql]
}

/** What the fields of a noun are shown by, by the files that have it. */
export function showersOf(noun: Noun): Record<string, string[]> {
  const used = new Set(shownFields(noun).flatMap(({ value }) => showerOf(value) ?? []))
  return Object.fromEntries(
    [...Map.groupBy(used, ({ file }) => file)].map(([file, own]) => [file, own.map(({ name }) => name)]),
  )
}

function resolved({ name, column }: Field, value: ValueType, show: (value: string) => string): string {
  if (value.isList) return `${name}.map((value) => value === null ? null : ${show('value')})`
  return column.isRequired || showerOf(value)?.ofNull ? show(name) : `${name} === null ? null : ${show(name)}`
}

function relationField(relation: Relation): string {
  return `${relation.name}: ${relationFieldOf(relation)}`
}

function relationFieldOf({ name, to, fields }: Relation): string {
  const [only, ...others] = fields
  const comment = others.length === 0 ? (only?.column.comment ?? null) : null
  return `t.relation(${quoted(name)}, { nullable: true, auth: ${ruleOf(to)}, description: ${description(comment, capitalized(`the ${spoken(name)}`))} })`
}
