import { beforeAll, describe, expect, it } from 'vitest'
import type { Context } from '../../src/platform/context.ts'
import { domain } from '../../src/schema.ts'
import { lineAt, type Source, sourcesOf } from './support/sources.ts'

// A resolver cannot forget the row policy: the only client that it receives applies it.

let sources: Source[]
beforeAll(async () => {
  sources = await sourcesOf('src')
})

describe('the client without the row policy', () => {
  it('is not in a request’s context', () => {
    // @ts-expect-error a context has no client but `db`
    const ask = ({ database }: Context) => database
    expect(ask).toBeTypeOf('function')
  })

  it('is made in one place', () => {
    // The one for physical names has no connection.
    expect(mentions(/new (PrismaClient|Database|ReadPool)\(/)).toEqual([
      'src/app.ts',
      'src/platform/database/client.ts',
      'src/platform/database/physical-names.ts',
      'src/platform/database/prisma-over.ts',
      'src/platform/database/replica.ts',
    ])
  })

  it('writes for mutations, imports, exports, key uses, consumers of the feed, visits to webhooks, requests about people and retention, and nothing else', () => {
    expect(mentions(/\btransactions\s*\.run\(/)).toEqual([
      'src/platform/api-keys/key-use.ts',
      'src/platform/bulk/export-jobs.ts',
      'src/platform/bulk/export-run.ts',
      'src/platform/bulk/import-as-one.ts',
      'src/platform/bulk/import-by-chunks.ts',
      'src/platform/bulk/line-import.ts',
      'src/platform/bulk/stored-lines.ts',
      'src/platform/database/retention-rule.ts',
      'src/platform/database/undoable-transaction.ts',
      'src/platform/events/feed-consumer.ts',
      'src/platform/events/retention.ts',
      // It passes on the mutations' transactions, with what follows them.
      'src/platform/execution/request-context.ts',
      'src/platform/mutations/run-mutation.ts',
      'src/platform/persons/erasure/person-rows.ts',
      'src/platform/persons/requests/person-jobs.ts',
      'src/platform/persons/retention/inactive-people.ts',
      'src/platform/webhooks/visit.ts',
    ])
  })

  it('is not imported by the domain, and neither is the driver', () => {
    const found = sources
      .filter(({ path }) => path.startsWith(`src/${domain.name}/`))
      .flatMap((source) =>
        [...source.text.matchAll(/PrismaClient|from 'pg'|database\/(client|transaction|open|embedded)\.ts/g)]
          .filter((match) => !/import type \{ Transaction \}/.test(lineOf(source, match.index)))
          .map((match) => `${source.path}:${lineAt(source.text, match.index)}`),
      )
    expect(found).toEqual([])
  })
})

function mentions(pattern: RegExp): string[] {
  const found = sources.filter(({ path, text }) => !path.startsWith('src/generated/') && pattern.test(text))
  return found.map(({ path }) => path).sort()
}

function lineOf({ text }: Source, index: number): string {
  return text.slice(text.lastIndexOf('\n', index) + 1, text.indexOf('\n', index))
}
