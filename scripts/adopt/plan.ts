import type { Catalogue, Table } from './catalogue.ts'
import { type KnownNames, noNames } from './known-names.ts'
import type { LeftOut } from './left-out.ts'
import { fieldNames, namedEnums, nounNames, physicalName } from './naming.ts'
import type { Field, NamedEnum, Noun, Plan } from './noun.ts'
import { linkNouns } from './relations.ts'
import { TypeNames } from './reserved-names.ts'
import { isShown, valueTypeOf } from './value-types.ts'

/** What a plan is made of. */
export interface Served {
  tables: readonly Table[]
  enums: Catalogue['enums']
}

/** Which tables and columns are served, under which names, and which are left out. What has a name already keeps it. The same catalogue and names make the same plan. */
export function planOf({ tables, enums }: Served, known: KnownNames = noNames): Plan {
  const leftOut: LeftOut[] = []
  const types = knownTypes({ tables, enums }, known)
  const named = namedEnums(enums, types, known)
  const served = tables.filter((table) => {
    const why = whyNot(table, named)
    if (why) leftOut.push({ what: physicalName(table), ...why })
    return why === undefined
  })
  const names = nounNames(served, types, known)
  const nouns = served.map((table): Noun => {
    const own = names.get(table)
    if (!own) throw new Error(`${table.name} has no name`)
    const key = keyColumns(table, named)
    const nameOf = fieldNames(table, key, own, known)
    const fields = readable(table).map((column): Field => {
      return { name: nameOf.get(column) ?? column.name, column, value: valueTypeOf(column, enumNames(named)) }
    })
    const keyFields = (key ?? []).flatMap((name) => fields.find(({ column }) => column.name === name) ?? [])
    return { table, ...own, fields, key: keyFields, relations: [], backRelations: [], joins: undefined, throughs: [] }
  })
  leftOut.push(...linkNouns(nouns, types, known), ...nouns.flatMap(unshownColumns))
  return { nouns, enums: named.filter(({ source }) => isUsed(typeName(source), nouns)), leftOut }
}

/** The names of types that tables and enums have already, so that nothing new gets one of them. */
function knownTypes({ tables, enums }: Served, known: KnownNames): TypeNames {
  const types = new TypeNames()
  for (const table of tables) {
    const noun = known.nouns.get(physicalName(table))
    if (noun) types.keep(noun.model, 'model')
  }
  for (const source of enums) {
    const type = known.enums.get(physicalName(source))
    if (type) types.keep(type.name, 'enum')
  }
  return types
}

function enumNames(enums: readonly NamedEnum[]): (type: string) => string | undefined {
  const names = new Map(enums.map(({ source, name }) => [typeName(source), name]))
  return (type) => names.get(type)
}

/** As the columns say it. */
function typeName({ schema, name }: { schema: string; name: string }): string {
  return `${schema}.${name}`
}

function readable({ columns }: Table): Table['columns'] {
  return columns.filter(({ isReadable }) => isReadable)
}

function isView({ kind }: Table): boolean {
  return kind === 'view' || kind === 'materialized view' || kind === 'foreign table'
}

type Why = Pick<LeftOut, 'reason' | 'advice'>

function whyNot(table: Table, enums: readonly NamedEnum[]): Why | undefined {
  if (!table.isReadable) return { reason: 'may not be read by this role', advice: 'Grant it SELECT.' }
  const shown = readable(table).filter((column) => isShown(valueTypeOf(column, enumNames(enums))))
  if (shown.length === 0) return { reason: 'has no column that can be shown', advice: 'Nothing is to be done.' }
  if (isView(table) || keyColumns(table, enums) !== undefined) return undefined
  return {
    reason: 'has no key, and no unique index of required columns',
    advice: 'Give it a primary key, or show it as a view.',
  }
}

/** The columns that identify a row: the primary key, or else a unique index of columns that are never null. */
function keyColumns(table: Table, enums: readonly NamedEnum[]): readonly string[] | undefined {
  const columns = new Map(readable(table).map((column) => [column.name, column]))
  const isKey = (names: readonly (string | null)[], mayBeNull: boolean): names is string[] =>
    names.every((name) => {
      const column = columns.get(name ?? '')
      if (!column || !(mayBeNull || column.isRequired) || column.isList) return false
      const value = valueTypeOf(column, enumNames(enums))
      return isShown(value) && !['Json', 'Bytes', 'Float'].includes(value.prisma)
    })
  if (table.key && isKey(table.key, false)) return table.key
  // PostgreSQL does not know that a column of a materialized view is never null.
  const ofView = table.kind === 'materialized view'
  const unique = table.indexes.filter(({ isUnique, condition }) => isUnique && condition === null)
  return unique.map((index) => index.columns).find((names) => isKey(names, ofView)) as string[] | undefined
}

function unshownColumns({ table, fields }: Noun): LeftOut[] {
  const denied = table.columns.filter(({ isReadable }) => !isReadable)
  return [
    ...denied.map(({ name }) => ({
      what: `${physicalName(table)}.${name}`,
      reason: 'may not be read by this role',
      advice: 'Grant it SELECT.',
    })),
    ...fields.flatMap(({ column, value }) =>
      isShown(value) ? [] : [{ what: `${physicalName(table)}.${column.name}`, ...value }],
    ),
  ]
}

function isUsed(type: string, nouns: readonly Noun[]): boolean {
  return nouns.some(({ fields }) => fields.some(({ column: { baseSchema, base } }) => `${baseSchema}.${base}` === type))
}
