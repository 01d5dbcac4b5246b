import { printSchema } from 'graphql'
import { expect } from 'vitest'
import { z } from 'zod'
import { schema } from '../../../src/schema.ts'
import type { World } from '../../support/world.ts'
import type { ErrorCase } from './error-cases.ts'

/** The words of the contract. A physical name that is one of them tells nothing. */
const plainWords = new Set(printSchema(schema).toLowerCase().match(/\w+/g))

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

/** Every name in the schemas of the platform and the domain, as a whole word, but the words that are spoken anyway. */
export async function physicalNames(world: World, spoken: ReadonlySet<string> = plainWords): Promise<RegExp> {
  const rows = await world.client.$queryRawUnsafe(`
    with ours as (select oid from pg_namespace where nspname !~ '^(pg_|jobs$|information_schema$)')
    select column_name::text as name from information_schema.columns
      where table_schema !~ '^(pg_|jobs$|information_schema$)' and table_name <> '_prisma_migrations'
    union select relname::text from pg_class where relnamespace in (select oid from ours)
    union select typname::text from pg_type where typnamespace in (select oid from ours) and typtype = 'e'
    union select conname::text from pg_constraint where connamespace in (select oid from ours)`)
  const all = table.parse(rows).map(({ name }) => name)
  return new RegExp(`\\b(?:${all.filter((name) => !spoken.has(name.toLowerCase())).join('|')})\\b`, 'i')
}

export function found(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(new RegExp(pattern, `${pattern.flags}g`))].map(([match]) => match)
}
