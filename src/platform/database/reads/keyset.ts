import { isPlainObject } from './statement-parts.ts'

interface Keyset {
  sign: '>' | '<'
  bounds: readonly (readonly [name: string, value: unknown])[]
}

/**
 * Recognises `{ a: { gte: x } }, { OR: [{ a: { gt: x } }, { b: { gt: y } }] }` as `(a, b) > (x, y)`, which Prisma cannot
 * express; in the place of `b`, an `AND` has the same for more columns. PostgreSQL would use the index for `a >= x` only and
 * filter the rest row by row: with many equal values of `a`, a page would cost as much as the equal rows before it.
 */
export function keysetOf(first: unknown, second: unknown): Keyset | undefined {
  const either = onlyEntry(second)
  if (either?.[0] !== 'OR' || !Array.isArray(either[1]) || either[1].length !== 2) return undefined
  const start = comparisonOf(first)
  const beyond = comparisonOf(either[1][0])
  const ties = tiesOf(either[1][1])
  if (!start || !beyond || !ties || start.operator !== `${beyond.operator}e`) return undefined
  if (beyond.name !== start.name || !Object.is(beyond.value, start.value) || signs[beyond.operator] !== ties.sign)
    return undefined
  return { sign: ties.sign, bounds: [[start.name, start.value], ...ties.bounds] }
}

const signs: Record<string, Keyset['sign'] | undefined> = { gt: '>', lt: '<' }

/** Among rows with equal values before. */
function tiesOf(where: unknown): Keyset | undefined {
  const group = onlyEntry(where)
  if (group?.[0] === 'AND' && Array.isArray(group[1]))
    return group[1].length === 2 ? keysetOf(group[1][0], group[1][1]) : undefined
  const last = comparisonOf(where)
  const sign = last && signs[last.operator]
  return last && sign && { sign, bounds: [[last.name, last.value]] }
}

function comparisonOf(where: unknown): { name: string; operator: string; value: unknown } | undefined {
  const [name, filter] = onlyEntry(where) ?? []
  const [operator, value] = onlyEntry(filter) ?? []
  return name === undefined || operator === undefined ? undefined : { name, operator, value }
}

function onlyEntry(value: unknown): [string, unknown] | undefined {
  const entries = isPlainObject(value) ? Object.entries(value) : []
  return entries.length === 1 ? entries[0] : undefined
}
