import { expect } from 'vitest'
import { z } from 'zod'
import type { World } from '../../support/world.ts'
import type { ErrorCase } from './error-cases.ts'

/** Physical names that are also words of the business. There are none, because the tables have names of their own. */
const plainWords = new Set<string>()

/** Words that would reveal the server's software. */
export const internalWords = {
  'a word of the driver': /prisma|postgres|\bpg\b|pothos|yoga|shield|envelop|\bjose\b|\bzod\b/i,
  'an SQL text': /\b(?:select|insert|update|delete|alter|drop)\b[^.]*\b(?:from|into|set|table|where)\b/i,
  'a word of SQL': /\b(?:relation|constraint|foreign key|column|table|database|sqlstate|transaction)\b|\bP\d{4}\b/i,
  'a stack': /\bat (?:async )?[\w.#<>]+ \(|"(?:stack|stacktrace|originalError|exception|cause)"|\.\w+:\d+:\d+/,
  'a path of a file': /file:\/\/|node_modules|(?:^|[\s"'(`])(?:\/[\w.-]+){2,}|\.[cm]?[jt]s\b/,
}

const table = z.array(z.object({ name: z.string() }))

/** Takes the names of tables, columns, indexes, types and constraints. */
export function expectNoLeak({ query = '', variables }: ErrorCase, told: string, names: RegExp): void {
  // Line and column refer to the client's own document.
  const text = told.replaceAll(/"locations":\[[^\]]*\],?/g, '')
  const echoed = query + JSON.stringify(variables ?? '')
  const leaked = found(text, names).filter((name) => !echoed.includes(name))
  expect(leaked).toEqual([])
  for (const [what, pattern] of Object.entries(internalWords))
    expect({ what, found: found(text, pattern) }).toEqual({ what, found: [] })
}

/** Every name in the two schemas of the database, as a whole word. */
export async function physicalNames(world: World): Promise<RegExp> {
  const rows = await world.client.$queryRawUnsafe(`
    with ours as (select oid from pg_namespace where nspname in ('commerce', 'platform'))
    select column_name::text as name from information_schema.columns where table_schema in ('commerce', 'platform')
    union select relname::text from pg_class where relnamespace in (select oid from ours)
    union select typname::text from pg_type where typnamespace in (select oid from ours) and typtype = 'e'
    union select conname::text from pg_constraint where connamespace in (select oid from ours)`)
  const all = table.parse(rows).map(({ name }) => name)
  return new RegExp(`\\b(?:${all.filter((name) => !plainWords.has(name)).join('|')})\\b`, 'i')
}

export function found(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(new RegExp(pattern, `${pattern.flags}g`))].map(([match]) => match)
}
