import { isPlainObject } from './statement-parts.ts'

/**
 * Recognises `{ a: { gte: x } }, { OR: [{ a: { gt: x } }, { id: { gt: y } }] }` as `(a, id) > (x, y)`, which Prisma
 * cannot express. PostgreSQL would use the index for `a >= x` only and filter the rest row by row: with many equal
 * values of `a`, a page would cost as much as the equal rows before it.
 */
export function keysetOf(first: unknown, second: unknown) {
  const either = onlyEntry(second)
  if (either?.[0] !== 'OR' || !Array.isArray(either[1]) || either[1].length !== 2) return undefined
  const start = comparisonOf(first)
  const [beyond, tie] = either[1].map(comparisonOf)
  if (!start || !beyond || !tie || (tie.operator !== 'gt' && tie.operator !== 'lt')) return undefined
  if (beyond.name !== start.name || beyond.value !== start.value) return undefined
  if (beyond.operator !== tie.operator || start.operator !== `${tie.operator}e`) return undefined
  const bounds: [name: string, value: unknown][] = [
    [start.name, start.value],
    [tie.name, tie.value],
  ]
  return { sign: tie.operator === 'gt' ? '>' : '<', bounds }
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
