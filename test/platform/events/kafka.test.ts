import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createWorld, type World } from '../../support/world.ts'

let world: World
let page: string
beforeAll(async () => {
  world = await createWorld()
  page = await readFile(new URL('../../../docs/operations.md', import.meta.url), 'utf8')
})
afterAll(() => world.close())

/** The first block in this language of the section about Kafka. */
function blockOf(language: string): string {
  const section = page.slice(page.indexOf('\n### Kafka\n'))
  const start = section.indexOf('\n', section.indexOf(`\`\`\`${language}`))
  return section.slice(start, section.indexOf('```', start))
}

/** The setting of the connector whose name ends so. */
function setting(name: string): string {
  const line = blockOf('properties')
    .split('\n')
    .find((each) => each.split('=')[0]?.endsWith(name))
  if (line === undefined) throw new Error(`docs/operations.md has no setting ${name}.`)
  return line.slice(line.indexOf('=') + 1)
}

describe("Debezium's outbox event router", () => {
  it('finds the columns of its configuration in the outbox, with types that it takes', async () => {
    const [schema, table] = setting('table.include.list').split('.')
    const columns = await world.rowsOf(
      `select column_name as name, data_type as type, is_nullable = 'NO' as filled from information_schema.columns
       where table_schema = '${schema}' and table_name = '${table}'`,
      z.object({ name: z.string(), type: z.string(), filled: z.boolean() }),
    )
    const column = (name: string) => columns.find((each) => each.name === name)
    expect(column(setting('event.id'))).toMatchObject({ type: 'uuid', filled: true })
    expect(column(setting('event.key'))).toMatchObject({ type: 'text', filled: true })
    expect(column(setting('route.by.field'))).toMatchObject({ type: 'text', filled: true })
    expect(column(setting('event.payload'))).toMatchObject({ type: 'jsonb', filled: true })
    const headers = setting('additional.placement').split(',')
    expect(headers).toHaveLength(4)
    for (const header of headers) expect(column(header.split(':')[0] ?? ''), header).toMatchObject({ filled: true })
  })

  it('reads a publication that has the inserts of all partitions as those of one table', async () => {
    await world.client.$executeRawUnsafe(blockOf('sql'))
    const name = setting('publication.name')
    expect(
      await world.rowsOf(
        `select pubinsert, pubupdate, pubdelete, pubtruncate from pg_publication where pubname = '${name}'`,
        z.record(z.string(), z.boolean()),
      ),
    ).toEqual([{ pubinsert: true, pubupdate: false, pubdelete: false, pubtruncate: false }])
    expect(
      await world.rowsOf(
        `select schemaname || '.' || tablename as table from pg_publication_tables where pubname = '${name}'`,
        z.object({ table: z.string() }),
      ),
    ).toEqual([{ table: setting('table.include.list') }])
  })
})
