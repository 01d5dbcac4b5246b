import { filtersOf, sortsOf } from './domain/list-options.ts'
import { physicalName } from './naming.ts'
import type { Field, NamedEnum, Noun, Plan } from './noun.ts'
import { isShown } from './value-types.ts'

/** What the owner of the tables changed, in the names of the business: a line each, with + for new, - for gone, ~ for changed. */
export function planDifference(before: Plan, after: Plan): string[] {
  return [
    ...compared(before.nouns, after.nouns, nameOfNoun, {
      isNew: (noun) => [`+ ${noun.model}: new, from ${physicalName(noun.table)}`],
      isGone: (noun) => [`- ${noun.model}: gone, with ${physicalName(noun.table)}${renamedTo(noun, after.nouns)}`],
      isThere: nounDifference,
    }),
    ...compared(before.enums, after.enums, ({ source }) => physicalName(source), {
      isNew: ({ name }) => [`+ ${name}: new`],
      isGone: ({ name }) => [`- ${name}: gone`],
      isThere: enumDifference,
    }),
  ]
}

interface Sayings<Thing> {
  isNew(thing: Thing): string[]
  isGone(thing: Thing): string[]
  isThere?(before: Thing, after: Thing): string[]
}

/** The things of both sides in the order of the first, and then those that are new. */
function compared<Thing>(
  before: readonly Thing[],
  after: readonly Thing[],
  keyOf: (thing: Thing) => string,
  { isNew, isGone, isThere }: Sayings<Thing>,
): string[] {
  const old = new Set(before.map(keyOf))
  const now = new Map(after.map((thing) => [keyOf(thing), thing]))
  return [
    ...before.flatMap((thing) => {
      const other = now.get(keyOf(thing))
      return other === undefined ? isGone(thing) : (isThere?.(thing, other) ?? [])
    }),
    ...after.filter((thing) => !old.has(keyOf(thing))).flatMap(isNew),
  ]
}

function nameOfNoun({ table }: Noun): string {
  return physicalName(table)
}

/** The only table with all of its columns, which may be the same under another name. */
function renamedTo({ fields }: Noun, nouns: readonly Noun[]): string {
  const alike = nouns.filter((noun) =>
    fields.every((field) => noun.fields.some(({ column }) => column.name === field.column.name)),
  )
  const [only, ...others] = alike
  if (!only || others.length > 0) return ''
  const { table } = only
  return `; if it is ${physicalName(table)} now, say so in its model with @@map(${JSON.stringify(table.name)}), commit, and run this again`
}

function nounDifference(before: Noun, after: Noun): string[] {
  const { model } = after
  const key = keyOf(after)
  const texts = (says: string, kind: (name: string) => string): Sayings<string> => ({
    isNew: (name) => [`+ ${model}: ${says} ${kind(name)}`],
    isGone: (name) => [`- ${model}: ${says} ${kind(name)} no longer, as no index serves it`],
  })
  const same = (name: string) => name
  return [
    ...(keyOf(before) === key ? [] : [`~ ${model}: its key is ${key || 'gone'}, and was ${keyOf(before) || 'none'}`]),
    ...compared(shown(before), shown(after), ({ column }) => column.name, {
      isNew: (field) => [`+ ${model}.${field.name}: new, ${typeOf(field)}`],
      isGone: (field) => [`- ${model}.${field.name}: gone`],
      isThere: (old, field) => fieldDifference(`${model}.${field.name}`, old, field),
    }),
    ...compared(relationsOf(before), relationsOf(after), ({ key }) => key, {
      isNew: ({ name, to }) => [`+ ${model}.${name}: new, ${to}`],
      isGone: ({ name }) => [`- ${model}.${name}: gone`],
      isThere: (old, relation) =>
        old.to === relation.to ? [] : [`~ ${model}.${relation.name}: ${old.to} becomes ${relation.to}`],
    }),
    ...compared(sortNames(before), sortNames(after), same, texts('sorted by', same)),
    ...compared(filterNames(before), filterNames(after), same, texts('filtered by', same)),
  ]
}

function keyOf({ key }: Noun): string {
  return key.map(({ name }) => name).join(' and ')
}

function shown({ fields }: Noun): Field[] {
  return fields.filter(({ value }) => isShown(value))
}

function typeOf({ value, column }: Field): string {
  if (!isShown(value)) return 'not shown'
  const type = value.graphql === 'enum' ? value.prisma : value.graphql
  return `${value.isList ? `[${type}]` : type}${column.isRequired ? '' : ' or null'}`
}

function fieldDifference(name: string, before: Field, after: Field): string[] {
  const [old, now] = [typeOf(before), typeOf(after)]
  if (old !== now) return [`~ ${name}: ${old} becomes ${now}`]
  if (before.column.type !== after.column.type) {
    return [`~ ${name}: stored as ${after.column.type}, and was ${before.column.type}`]
  }
  return before.column.comment === after.column.comment ? [] : [`~ ${name}: another comment`]
}

/** The relations of both directions, and the lists through join tables. */
function relationsOf({ relations, backRelations }: Noun): { key: string; name: string; to: string }[] {
  return [
    ...relations.map(({ foreignKey, name, to, isRequired }) => {
      return { key: `to ${foreignKey.name}`, name, to: isRequired ? to.model : `${to.model} or null` }
    }),
    ...backRelations.map(({ foreignKey, from, backName, isBackList }) => {
      const to = isBackList ? from.phrases : `${from.model} or null`
      return { key: `from ${physicalName(from.table)} ${foreignKey.name}`, name: backName, to }
    }),
    ...backRelations.flatMap((near) => {
      const listed = near.from.throughs.filter((through) => through.near === near)
      const key = `through ${physicalName(near.from.table)} ${near.foreignKey.name}`
      return listed.map(({ name, far }) => ({ key, name, to: far.to.phrases }))
    }),
  ]
}

function sortNames(noun: Noun): string[] {
  return sortsOf(noun).map(({ name }) => name)
}

function filterNames(noun: Noun): string[] {
  return sortsOf(noun).length === 0 ? [] : filtersOf(noun).map(({ name }) => name)
}

function enumDifference(before: NamedEnum, after: NamedEnum): string[] {
  return compared(before.values, after.values, ({ label }) => label, {
    isNew: ({ graphql }) => [`+ ${after.name}.${graphql}: new`],
    isGone: ({ graphql }) => [`- ${after.name}.${graphql}: gone`],
  })
}
