import type { ForeignKey } from './catalogue.ts'
import type { KnownNames, KnownRelation } from './known-names.ts'
import type { LeftOut } from './left-out.ts'
import { physicalName } from './naming.ts'
import type { Field, Noun, Relation } from './noun.ts'
import { FieldNames, type TypeNames } from './reserved-names.ts'
import { isShown } from './value-types.ts'
import { camelCase, capitalized, singular, wordsOf } from './words.ts'

/** Links the nouns by the foreign keys of their tables, and names both sides. Returns the foreign keys that are left out. */
export function linkNouns(nouns: readonly Noun[], types: TypeNames, known: KnownNames): LeftOut[] {
  const byTable = new Map(nouns.map((noun) => [physicalName(noun.table), noun]))
  const leftOut: LeftOut[] = []
  const names = new Map(nouns.map((noun) => [noun, namesIn(noun, known)]))
  const knownOf = ({ table }: Noun, { name }: ForeignKey) => known.nouns.get(physicalName(table))?.relations.get(name)
  for (const from of nouns) {
    for (const foreignKey of from.table.foreignKeys) {
      const link = linkOf(from, foreignKey, byTable.get(physicalName(foreignKey.to)))
      if (typeof link === 'string')
        leftOut.push({ what: `${physicalName(from.table)}.${foreignKey.columns.join('+')}`, ...unlinked(link) })
      else from.relations.push(relationOf(from, foreignKey, link, names, knownOf(from, foreignKey)))
    }
    from.joins = joinsOf(from)
  }
  for (const noun of nouns) {
    for (const relation of noun.relations) nameBack(relation, names, knownOf(noun, relation.foreignKey))
  }
  for (const noun of nouns) nameThrough(noun, names, types)
  return leftOut
}

function namesIn({ table, fields }: Noun, known: KnownNames): FieldNames {
  const linked = known.nouns.get(physicalName(table))?.linked ?? []
  return new FieldNames(['id', ...fields.map(({ name }) => name), ...linked])
}

interface Link {
  to: Noun
  fields: Field[]
  toFields: Field[]
}

/** The two sides of a foreign key, or why there is no such relation. */
function linkOf(from: Noun, { columns, to: { columns: toColumns } }: ForeignKey, to: Noun | undefined): Link | string {
  if (to === undefined) return 'leads to a table that is not served'
  const fields = columns.flatMap((name) => from.fields.find(({ column }) => column.name === name) ?? [])
  const toFields = toColumns.flatMap((name) => to.fields.find(({ column }) => column.name === name) ?? [])
  if (fields.length < columns.length || toFields.length < columns.length) return 'has a column that is not served'
  const isSame = fields.every(({ value }, at) => {
    const other = toFields[at]?.value
    return isShown(value) && other !== undefined && isShown(other) && value.prisma === other.prisma
  })
  return isSame ? { to, fields, toFields } : 'links columns of two types'
}

function unlinked(reason: string): Pick<LeftOut, 'reason' | 'advice'> {
  return {
    reason: `${reason}, so it is no relation`,
    advice: reason.includes('not served')
      ? 'Adopt that table too, with --schema or --tables.'
      : 'Give both the same type.',
  }
}

type Names = ReadonlyMap<Noun, FieldNames>

function relationOf(
  from: Noun,
  foreignKey: ForeignKey,
  link: Link,
  names: Names,
  known: KnownRelation | undefined,
): Relation {
  const { to, fields, toFields } = link
  const name = nameOf(relationName(foreignKey, link), link, names.get(from) ?? new FieldNames(), known?.name)
  const isRequired = fields.every(({ column }) => column.isRequired)
  const isBackList = !isUnique(from, fields)
  const relation = {
    from,
    foreignKey,
    fields,
    to,
    toFields,
    name,
    backName: '',
    isBackList,
    isRequired,
    label: undefined,
  }
  to.backRelations.push(relation)
  return relation
}

/** The relation has the plain name, and the column says that it is a reference: `reportsTo`, and `reportsToId`. */
function nameOf(
  said: string,
  { to, fields: [only, ...others], toFields }: Link,
  own: FieldNames,
  known: string | undefined,
): string {
  const name = known ?? said
  if (only?.name !== name || others.length > 0) return known ?? own.take([name, `${name}${to.model}`])
  only.name = own.take([`${name}${capitalized(toFields[0]?.name ?? '')}`, `${name}Key`])
  return name
}

/** From the column: `artist_id` is `artist`, `reports_to` is `reportsTo`. From the table, where several columns say the same. */
function relationName({ columns, to }: ForeignKey, { to: target }: Link): string {
  const at = columns.length === 1 ? 0 : columns.findIndex((column, place) => column !== to.columns[place])
  const words = wordsOf(columns[at] ?? '')
  const ending = wordsOf(to.columns[at] ?? '').at(-1)
  const spoken = words.length > 1 && (words.at(-1) === ending || words.at(-1) === 'id') ? words.slice(0, -1) : words
  const name = camelCase(spoken)
  return /^[a-z]/.test(name) && name !== 'id' ? name : plainName(target)
}

/** The noun without the schema that its model may be named after. */
function plainName({ table }: Noun): string {
  return camelCase(singular(wordsOf(table.name)))
}

function isUnique(noun: Noun, fields: readonly Field[]): boolean {
  const columns = fields.map(({ column }) => column.name).sort()
  const unique = [noun.table.key ?? [], ...noun.table.uniques.map((each) => each.columns)]
  const indexes = noun.table.indexes.filter((index) => index.isUnique && index.condition === null)
  return [...unique, ...indexes.map((index) => index.columns)].some((each) => {
    return each.length === columns.length && [...each].sort().every((column, at) => column === columns[at])
  })
}

/** The other side: the noun in the plural, after the name of the relation where there are several. */
function nameBack(relation: Relation, names: Names, known: KnownRelation | undefined): void {
  const { from, to, isBackList } = relation
  const between = from.relations.filter((other) => other.to === to)
  const plain = isBackList ? from.many : from.one
  const told = `${relation.name}${capitalized(plain)}`
  const isPlain = between.length === 1 || relation.name === plainName(to)
  const own = names.get(to) ?? new FieldNames()
  relation.backName = known?.backName ?? own.take(isPlain ? [plain, told] : [told, `${told}Of`])
  const isAmbiguous = between.length > 1 || from === to || to.relations.some((other) => other.to === from)
  if (isAmbiguous) relation.label = `${from.model}${capitalized(relation.name)}`
}

/** A table joins two others if its key is made of two references. It may have further columns. */
function joinsOf({ key, relations }: Noun): [Relation, Relation] | undefined {
  const [one, other, ...more] = relations.filter(({ fields }) => fields.every((field) => key.includes(field)))
  if (!one || !other || more.length > 0) return undefined
  const covered = new Set([...one.fields, ...other.fields])
  const isExact = covered.size === key.length && one.fields.length + other.fields.length === key.length
  return isExact ? [one, other] : undefined
}

/** The lists through a join table, on both of its sides. They take the names that the relations leave. */
function nameThrough(join: Noun, names: Names, types: TypeNames): void {
  for (const [near, far] of join.joins ? [join.joins, join.joins.toReversed()] : []) {
    if (!near?.isBackList || !far) continue
    const plain = far.to.many
    const first = far.to === near.to ? `${far.name}${capitalized(plain)}` : plain
    const candidates = [first, `${join.one}${capitalized(plain)}`]
    const name = (names.get(near.to) ?? new FieldNames()).take(candidates)
    join.throughs.push({ near, far, name, type: types.take([`${near.to.model}To${capitalized(name)}`], 'model') })
  }
}
