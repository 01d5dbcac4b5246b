import { Prisma } from '../../generated/prisma/client.ts'
import { parseAnyId, prefixOf } from './ids.ts'

const prefixes = new Set(Object.keys(Prisma.ModelName).map(prefixOf))

/** The public ids among the values of an input: what its sender meant to change, also where nothing changed. */
export function idsNamedIn(input: unknown): string[] {
  if (typeof input !== 'object' || input === null) return []
  return Object.values(input).filter((value): value is string => {
    const prefix = typeof value === 'string' ? parseAnyId(value)?.prefix : undefined
    return prefix !== undefined && prefixes.has(prefix)
  })
}
