import type { Limits } from '../../src/platform/mutations/rows/limits.ts'
import type { ConstraintRule } from '../../src/platform/mutations/rows/row-refusal.ts'
import type { Column, ForeignKey } from './catalogue.ts'
import { limitsOfCheck, sentenceOfCheck } from './checks.ts'
import { physicalName } from './naming.ts'
import type { Field, Noun, Plan, Relation } from './noun.ts'
import { FieldNames } from './reserved-names.ts'
import { isShown, type ValueType } from './value-types.ts'
import { capitalized, wordsOf } from './words.ts'

/** How the rows of a noun are written: the inputs, and what the table demands of them. */
export interface Writes {
  /** The input with the id of the row: `artistId`. */
  id: string
  /** Whether the inputs can say everything that a new row needs. */
  isCreated: boolean
  /** Whether a row has anything that can change. */
  isUpdated: boolean
  values: WrittenValue[]
  references: WrittenReference[]
  constraints: Record<string, ConstraintRule>
  version: { field: Field; input: string; isGiven: boolean } | undefined
  /** The relations whose rows keep a row from being deleted. */
  keptBy: Relation[]
  /** Those whose rows are deleted with it. */
  removes: Relation[]
}

export interface WrittenValue {
  input: string
  field: Field
  value: ValueType
  /** Whether a new row must say it. */
  isRequired: boolean
  /** Whether it can change. */
  isUpdated: boolean
  limits: Limits | undefined
}

export interface WrittenReference {
  input: string
  relation: Relation
  isRequired: boolean
  isUpdated: boolean
}

/** Adds to the nouns of these tables how they are written; `all` are those that can be. Throws for one that cannot. */
export function addWrites({ nouns }: Plan, wanted: readonly string[]): void {
  const isAll = wanted.includes('all')
  const isNamed = ({ table: { schema, name } }: Noun) => wanted.includes(name) || wanted.includes(`${schema}.${name}`)
  const known = namesOf(nouns)
  const unknown = wanted.filter((name) => !known.has(name))
  if (unknown.length > 0) throw new Error(`Nothing is served from ${unknown.join(', ')}, so nothing can write it.`)
  for (const noun of nouns) {
    if (!isAll && !isNamed(noun)) continue
    const why = whyNot(noun)
    if (why === undefined) noun.writes = writesOf(noun)
    else if (!isAll) throw new Error(`${physicalName(noun.table)} ${why}: leave it out of --writes.`)
  }
}

/** Those of these tables that are still there. */
export function stillServed({ nouns }: Plan, wanted: readonly string[] | undefined): readonly string[] | undefined {
  const known = namesOf(nouns)
  return wanted?.filter((name) => known.has(name))
}

function namesOf(nouns: readonly Noun[]): Set<string> {
  return new Set(['all', ...nouns.flatMap(({ table: { schema, name } }) => [name, `${schema}.${name}`])])
}

function whyNot({ table: { kind }, key }: Noun): string | undefined {
  if (kind !== 'table' && kind !== 'partitioned table') return `is a ${kind}, which cannot be written`
  return key.length === 0 ? 'has no key, so its rows cannot be written' : undefined
}

function writesOf(noun: Noun): Writes {
  const names = new FieldNames(['idempotencyKey', `${noun.one}Id`])
  const covered = coveredFields(noun)
  const version = versionOf(noun, names)
  const values = noun.fields.flatMap((field): WrittenValue[] => {
    const { value, column } = field
    if (covered.has(field) || field === version?.field || !isShown(value) || !isWritable(noun, field, value)) return []
    const isRequired = column.isRequired && column.default === null
    const input = names.take([field.name === 'id' ? 'key' : field.name, `${field.name}Value`])
    return [{ input, field, value, isRequired, isUpdated: !noun.key.includes(field), limits: undefined }]
  })
  const references = noun.relations.map((relation): WrittenReference => {
    const isUpdated = relation.fields.some((field) => !noun.key.includes(field))
    const isRequired = relation.isRequired && relation.fields.every(({ column }) => column.default === null)
    return { input: names.take([`${relation.name}Id`, `${relation.name}Reference`]), relation, isRequired, isUpdated }
  })
  const constraints = constraintsOf(noun, values, references)
  return {
    id: `${noun.one}Id`,
    isCreated: noun.table.columns.every((column) => isSaid(noun, column, values, covered, version?.field)),
    isUpdated: [...values, ...references].some((each) => each.isUpdated),
    values,
    references,
    constraints,
    version,
    keptBy: noun.backRelations.filter((relation) => !['Cascade', 'SetNull'].includes(keyOf(relation).onDelete)),
    removes: noun.backRelations.filter((relation) => keyOf(relation).onDelete === 'Cascade'),
  }
}

/** The fields that references say: those of required ones, and what can be null. */
function coveredFields({ relations }: Noun): Set<Field> {
  return new Set(
    relations.flatMap(({ fields, isRequired }) => fields.filter(({ column }) => isRequired || !column.isRequired)),
  )
}

/** What the database makes is not written, and neither is what Prisma does not write as it reads it. */
function isWritable({ key }: Noun, field: Field, { isList, graphql }: ValueType): boolean {
  const { column } = field
  if (column.isGenerated || column.identity || column.default?.startsWith('nextval(')) return false
  if (graphql === 'JSON' && isList) return false
  const isOnlyKey = key.length === 1 && key[0] === field
  return !(isOnlyKey && graphql === 'UUID')
}

/** Whether a new row has a value of this column, or needs none. */
function isSaid(
  { fields, key }: Noun,
  column: Column,
  values: readonly WrittenValue[],
  covered: ReadonlySet<Field>,
  version: Field | undefined,
): boolean {
  if (!column.isRequired || column.default !== null || column.identity || column.isGenerated) return true
  const field = fields.find((each) => each.column === column)
  if (field === undefined) return false
  const isUuidKey = key.length === 1 && key[0] === field && isShown(field.value) && field.value.graphql === 'UUID'
  return isUuidKey || field === version || covered.has(field) || values.some((value) => value.field === field)
}

const numbers = new Set(['version', 'lockversion', 'rowversion'])
const times = new Set(['updatedat', 'lastupdate', 'lastupdated', 'modified', 'modifiedat', 'lastmodified'])

/** The column that tells one state of a row from the next. */
function versionOf({ fields }: Noun, names: FieldNames): Writes['version'] {
  const isVersion = ({ column, value }: Field) => {
    if (!isShown(value) || value.isList || !column.isRequired || column.isGenerated || column.identity) return false
    const name = wordsOf(column.name).join('')
    if (value.graphql === 'Int' || value.graphql === 'BigInt') return numbers.has(name)
    return value.graphql === 'DateTime' && times.has(name)
  }
  const field = fields.filter(isVersion).sort((a, b) => Number(isTime(a)) - Number(isTime(b)))[0]
  if (!field) return undefined
  return { field, input: names.take([`expected${capitalized(field.name)}`]), isGiven: field.column.default === null }
}

function isTime({ value }: Field): boolean {
  return isShown(value) && value.graphql === 'DateTime'
}

/** What the constraints of the table and of its domains are about. A CHECK of single values becomes limits of them. */
function constraintsOf(
  { table, fields }: Noun,
  values: WrittenValue[],
  references: readonly WrittenReference[],
): Record<string, ConstraintRule> {
  const inputOf = (column: string): string | undefined => {
    const field = fields.find((each) => each.column.name === column)
    const value = values.find((each) => each.field === field)
    const reference = references.find(({ relation }) => field && relation.fields.includes(field))
    return value?.input ?? reference?.input ?? field?.name
  }
  const inputsOf = (columns: readonly (string | null)[]) => [
    ...new Set(columns.flatMap((column) => (column === null ? [] : (inputOf(column) ?? [])))),
  ]
  const rules: Record<string, ConstraintRule> = {}
  for (const { name, columns, isUnique } of table.indexes) if (isUnique) rules[name] = { on: inputsOf(columns) }
  for (const { name, columns } of table.foreignKeys) rules[name] = { on: inputsOf(columns) }
  for (const { name, columns, expression } of table.checks) {
    const isOfValues = addLimits(expression, values, (value) => value.field.column.name)
    const says = isOfValues ? undefined : sentenceOfCheck(expression, inputOf)
    rules[name] = { on: inputsOf(columns), ...(says === undefined ? {} : { says }) }
  }
  for (const { column } of fields) {
    for (const { name, expression } of column.domainChecks) {
      addLimits(expression, values, (value) => (value.field.column === column ? 'VALUE' : ''))
      const on = [...(rules[name]?.on ?? []), ...inputsOf([column.name])]
      rules[name] = on.length > 1 ? { on, says: `It is about one of these: ${on.join(', ')}.` } : { on }
    }
  }
  return rules
}

/** Adds limits as JavaScript compares values of this type. Returns whether they say all that the condition does. */
function addLimits(expression: string, values: WrittenValue[], nameOf: (value: WrittenValue) => string): boolean {
  const limits = limitsOfCheck(expression)
  const limited = values.filter((value) => {
    const found = limits?.get(nameOf(value))
    if (!found || !isComparable(value.value, found)) return false
    value.limits = { ...value.limits, ...found }
    return true
  })
  return limited.length > 0 && limited.length === limits?.size
}

const numeric = new Set<ValueType['graphql']>(['Int', 'Float', 'BigInt', 'Decimal'])

function isComparable({ graphql, isList }: ValueType, limits: Limits): boolean {
  const isOfNumbers = ['from', 'to', 'above', 'below'].some((end) => end in limits)
  const isOfTexts = 'minLength' in limits || 'maxLength' in limits
  if (isList) return false
  return graphql === 'String' ? !isOfNumbers : numeric.has(graphql) && !isOfTexts
}

function keyOf({ from, fields }: Relation): Pick<ForeignKey, 'onDelete'> {
  const columns = fields.map(({ column }) => column.name).join()
  return from.table.foreignKeys.find((key) => key.columns.join() === columns) ?? { onDelete: 'NoAction' }
}
