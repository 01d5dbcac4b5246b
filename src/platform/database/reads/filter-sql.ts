import { columnText } from '../column-text.ts'
import type { DataField } from '../data-model.ts'
import { isPlainObject, type StatementParts, type Table, unsupported } from './statement-parts.ts'

type ValueField = Exclude<DataField, { kind: 'relation' }>

interface Compared {
  parts: StatementParts
  table: Table
  name: string
  field: ValueField
  column: string
  /** Case-insensitive. */
  anyCase: boolean
  negated: boolean
}

/** The conditions of a filter on one column. All of them must hold. */
export function filterSql(
  parts: StatementParts,
  table: Table,
  field: ValueField,
  name: string,
  filter: unknown,
): string[] {
  const column = table.column(name)
  if (!isPlainObject(filter))
    return [equality({ parts, table, name, field, column, anyCase: false, negated: false }, filter)]
  const { mode, ...operations } = filter
  if (mode !== undefined && mode !== 'default' && (mode !== 'insensitive' || field.type !== 'String')) unsupported()
  const compared = { parts, table, name, field, column, anyCase: mode === 'insensitive', negated: false }
  return Object.entries(operations).flatMap(([operator, operand]) => {
    return operator === 'not' ? negation(compared, operand) : [operation(compared, operator, operand)]
  })
}

/** `not` negates each condition below it, and all of these must hold. */
function negation(compared: Compared, operand: unknown): string[] {
  const negated = { ...compared, negated: true }
  if (!isPlainObject(operand)) return [equality(negated, operand)]
  return Object.entries(operand).map(([operator, below]) => operation(negated, operator, below))
}

function operation(compared: Compared, operator: string, operand: unknown): string {
  if (compared.field.isList) return operator === 'has' ? containment(compared, operand) : unsupported()
  if (operator === 'equals') return equality(compared, operand)
  if (operator === 'in') return membership(compared, operand)
  if (operator === 'notIn') return membership({ ...compared, negated: !compared.negated }, operand)
  const pattern = patterns[operator]
  if (pattern) return likeness(compared, pattern, operand)
  const [sign, opposite] = signs[operator] ?? unsupported()
  const { column, anyCase, negated } = compared
  const written = `${negated ? opposite : sign}`
  const value = valueSql(compared, operand)
  return anyCase ? `LOWER(${column}) ${written} LOWER(${value})` : `${column} ${written} ${value}`
}

function equality(compared: Compared, value: unknown): string {
  const { field, column, anyCase, negated } = compared
  if (field.isList) return unsupported()
  if (value === null) return field.isRequired ? unsupported() : `${column} IS ${negated ? 'NOT ' : ''}NULL`
  const [is, isNot] = anyCase ? (['ILIKE', 'NOT ILIKE'] as const) : (['=', '<>'] as const)
  return `${column} ${negated ? isNot : is} ${valueSql(compared, value)}`
}

/** Prisma accepts no lists for these, not even empty ones. */
const neverListed = ['Boolean', 'Json', 'Bytes']

/** One parameter for the whole list, so that its length does not change the statement. */
function membership(compared: Compared, operand: unknown): string {
  const { parts, field, column, anyCase, negated } = compared
  if (!Array.isArray(operand) || anyCase || neverListed.includes(field.type)) return unsupported()
  const values = operand.map((value) => parameterText(parts, field, value))
  if (values.length === 0) return negated ? '1=1' : '1=0'
  if (isClosed(field))
    return `${column} ${negated ? 'NOT ' : ''}IN (${[...new Set(values)].sort().map(literal).join(', ')})`
  return negated ? `${column} <> ALL(${listSql(compared, values)})` : `${column} = ANY(${listSql(compared, values)})`
}

function containment({ parts, field, column, negated }: Compared, operand: unknown): string {
  if (negated || field.type !== 'String') return unsupported()
  parts.skewed.push(column)
  return `${column} @> ${parts.parameter([parameterText(parts, field, operand)])}`
}

/**
 * As in Prisma, `%`, `_` and `\` in the value are LIKE's own characters: a caller that means them literally escapes
 * them.
 */
function likeness(compared: Compared, pattern: Pattern, operand: unknown): string {
  const { parts, field, column, anyCase, negated } = compared
  if (field.kind !== 'scalar' || field.type !== 'String') return unsupported()
  const subject = anyCase ? column : `${column}::text`
  // No column: the order of an index does not help to find a pattern, even where the index is that of the column.
  parts.skewed.push('pattern')
  return `${subject} ${negated ? 'NOT ' : ''}${anyCase ? 'ILIKE' : 'LIKE'} (${pattern(parts.parameter(parameterText(parts, field, operand)))})`
}

type Pattern = (value: string) => string

const patterns: Record<string, Pattern | undefined> = {
  contains: (value) => `'%' || ${value} || '%'`,
  startsWith: (value) => `${value} || '%'`,
  endsWith: (value) => `'%' || ${value}`,
}

const signs: Record<string, readonly [sign: string, opposite: string] | undefined> = {
  lt: ['<', '>='],
  lte: ['<=', '>'],
  gt: ['>', '<='],
  gte: ['>=', '<'],
}

/** A value, or another column of the row. */
function valueSql({ parts, table, name, field, column }: Compared, value: unknown): string {
  if (isReference(value)) {
    return value.modelName === table.model && value.typeName === field.type ? table.column(value.name) : unsupported()
  }
  const text = parameterText(parts, field, value)
  if (isClosed(field)) return literal(text)
  if (isKey(field)) return `(SELECT COALESCE(${parts.parameter(text)}, ${table.typeOf(name)}))`
  parts.skewed.push(column)
  return `${parts.parameter(text)}${castTo(field)}`
}

function listSql({ parts, table, name, field, column }: Compared, values: readonly string[]): string {
  if (isKey(field)) return `ARRAY(SELECT unnest(COALESCE(${parts.parameter(values)}, ARRAY[${table.typeOf(name)}])))`
  parts.skewed.push(column)
  const cast = castTo(field)
  return cast === '' ? parts.parameter(values) : `${parts.parameter(values)}::pg_catalog.numeric[]::pg_catalog.money[]`
}

/**
 * The planner is not to see the value of a key, so it stands in a sub-select, and COALESCE gives it its type. Keys differ
 * little in what they cost, but their estimates differ by more than PostgreSQL assumes that planning costs, so it would
 * plan every call.
 */
function isKey({ isUnique, isForeign }: ValueField): boolean {
  return isUnique || isForeign
}

/** Whether the column has few values, all of them known: each then has a statement, and a plan, of its own. */
function isClosed({ kind, type }: ValueField): boolean {
  return kind === 'enum' || type === 'Boolean'
}

/** Only for values that the data model lists. */
function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}

/** Prisma's own object for a column. A value from JSON can never be one. */
function isReference(value: unknown): value is { modelName: string; typeName: string; name: string } {
  if (typeof value !== 'object' || value === null || isPlainObject(value)) return false
  return ['modelName', 'typeName', 'name'].every((part) => typeof Reflect.get(value, part) === 'string')
}

/** The parameter that a value is compared as. */
export function parameterText(parts: StatementParts, field: ValueField, value: unknown): string {
  return columnText(field, value, parts.zone) ?? unsupported()
}

/** Money has no exact text of its own: that depends on a setting of the server. */
export function castTo({ nativeType }: ValueField): string {
  return nativeType === 'Money' ? '::pg_catalog.numeric::pg_catalog.money' : ''
}
