import { isPlainObject } from './statement-parts.ts'

/**
 * The two parts of a page of a list whose nulls stand at the other end than an index has them, or that begins in one of
 * them: first the rows without a value, then those with one, or the other way round. An index has each in order, but not
 * both one after the other. Undefined for any other read.
 *
 * Recognises `orderBy: [{ a: { sort, nulls } }, …]` with `where: { AND: [{ OR: [{ AND: [{ a: null }, …] }, { AND: [{ a: {
 * not: null } }, …] }] }, …] }`.
 */
export function partsByNulls(where: unknown, orderBy: unknown): object[] | undefined {
  const sort = nullableSort(orderBy)
  if (!sort || !isPlainObject(where) || !Array.isArray(where.AND)) return undefined
  const conditions: readonly unknown[] = where.AND
  for (const [at, condition] of conditions.entries()) {
    const parts = alternativesIn(condition).map((part) => ({ part, ofNulls: isOfNulls(part, sort.column) }))
    const ofNulls = parts.find((each) => each.ofNulls === true)
    const ofValues = parts.find((each) => each.ofNulls === false)
    if (parts.length !== 2 || !ofNulls || !ofValues) continue
    const ordered = sort.nulls === 'first' ? [ofNulls, ofValues] : [ofValues, ofNulls]
    return ordered.map(({ part }) => ({ ...where, AND: conditions.toSpliced(at, 1, part) }))
  }
  return undefined
}

function nullableSort(orderBy: unknown): { column: string; nulls: unknown } | undefined {
  const first: unknown = Array.isArray(orderBy) ? orderBy[0] : orderBy
  const [[column, end] = [], ...others] = isPlainObject(first) ? Object.entries(first) : []
  if (column === undefined || others.length > 0 || !isPlainObject(end) || !('nulls' in end)) return undefined
  return { column, nulls: end.nulls }
}

function alternativesIn(condition: unknown): readonly unknown[] {
  return isPlainObject(condition) && Object.keys(condition).length === 1 && Array.isArray(condition.OR)
    ? condition.OR
    : []
}

/** Whether the rows of a condition have no value in the column, or all have one; undefined where it does not say. */
function isOfNulls(part: unknown, column: string): boolean | undefined {
  const first: unknown = isPlainObject(part) && Array.isArray(part.AND) ? part.AND[0] : undefined
  if (!isPlainObject(first) || Object.keys(first).length !== 1 || !(column in first)) return undefined
  const filter = first[column]
  if (filter === null) return true
  return isPlainObject(filter) && Object.keys(filter).length === 1 && filter.not === null ? false : undefined
}
