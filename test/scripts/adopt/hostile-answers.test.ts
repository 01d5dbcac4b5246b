import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { readCatalogue } from '../../../scripts/adopt/catalogue.ts'
import { type ListSort, sortsOf } from '../../../scripts/adopt/domain/list-options.ts'
import { shownFields } from '../../../scripts/adopt/domain/type-fields.ts'
import type { Field, Noun, Plan } from '../../../scripts/adopt/noun.ts'
import { planOf } from '../../../scripts/adopt/plan.ts'
import type * as databases from '../../../src/platform/database/client.ts'
import type * as migrate from '../../../src/platform/database/migrate.ts'
import { withClient } from '../../../src/platform/database/with-client.ts'
import type * as schemas from '../../../src/schema.ts'
import { importFrom } from '../../second-domain/support/project.ts'
import { onServer } from '../../support/database-server.ts'
import type * as worlds from '../../support/world.ts'
import { adoptedProject } from './support/adopted-project.ts'
import { foreignDatabase } from './support/foreign-database.ts'
import { shownValue, textSql } from './support/shown-value.ts'

const schemaNames = ['public', 'sales']

let plan: Plan
let project: Awaited<ReturnType<typeof adoptedProject>>
let world: worlds.World
let dataOf: typeof worlds.dataOf
beforeAll(async () => {
  const scripts = ['hostile.sql', 'hostile-rows.sql'].map((name) => readFile(join(import.meta.dirname, name), 'utf8'))
  await using hostile = await foreignDatabase('hostile')
  plan = await hostile.with(async (client) => planOf(await readCatalogue(client, { schemas: schemaNames })))
  project = await adoptedProject(hostile.url, '--name', 'hostile', '--schema', schemaNames.join())
  const module = await importFrom<typeof worlds>(project.folder, 'test/support/world.ts')
  const { migrateDatabase } = await importFrom<typeof migrate>(project.folder, 'src/platform/database/migrate.ts')
  const joint = await importFrom<typeof schemas>(project.folder, 'src/schema.ts')
  dataOf = module.dataOf
  world = await module.createWorld({
    data: 'empty',
    env: { DATABASE_TIME_ZONE: 'Europe/Berlin' },
    prepare: async (urls) => {
      await onServer(urls.ownerUrl, ...(await Promise.all(scripts)))
      await migrateDatabase(urls, join(project.folder, 'prisma'), joint.domain)
    },
  })
}, 400_000)
afterAll(async () => {
  await world?.close()
  await project?.[Symbol.asyncDispose]()
})

async function ask<T>(shape: z.ZodType<T>, query: string, variables = {}): Promise<T> {
  const answer = await world.as('admin').query(query, variables)
  // The log says what the answer must not.
  if (answer.errors) throw new Error([query, JSON.stringify(answer.errors), ...world.logLines.slice(-3)].join('\n'))
  return dataOf(answer, shape)
}

const tableOf = ({ table: { schema, name } }: Noun) => `${quoted(schema)}.${quoted(name)}`
const columnsOf = (fields: readonly Field[]) => fields.map(({ column }) => quoted(column.name))
const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`
const isListed = (noun: Noun) => sortsOf(noun).length > 0

/** What PostgreSQL says itself to the server role, as text. */
const rowsOf = (sql: string) =>
  withClient(world.serverDatabaseUrl, async (client: pg.Client) => {
    await client.query('set search_path = public')
    await client.query("set TimeZone = 'UTC'; set DateStyle = 'ISO'; set IntervalStyle = 'iso_8601'")
    return (await client.query<Record<string, unknown>>(sql)).rows
  })

async function expectedRows(noun: Noun): Promise<Row[]> {
  const fields = shownFields(noun)
  const columns = fields.map(({ field }, at) => `${textSql(field)} as "c${at}"`)
  const order = noun.key.length > 0 ? ` order by ${columnsOf(noun.key).join(', ')}` : ''
  const rows = await rowsOf(`select ${[...columns, 'true as "there"'].join(', ')} from ${tableOf(noun)}${order}`)
  return rows.map((row) =>
    Object.fromEntries(fields.map(({ field }, at) => [field.name, shownValue(field, row[`c${at}`], plan.enums)])),
  )
}

type Row = Record<string, unknown>
const textOf = (value: unknown) => JSON.stringify(value).slice(0, 200)
const byText = (one: Row, other: Row) => (textOf(one) < textOf(other) ? -1 : 1)
const rows = z.array(z.record(z.string(), z.unknown()))
const page = z.object({
  edges: z.array(z.object({ cursor: z.string(), node: z.record(z.string(), z.unknown()) })),
  pageInfo: z.object({ hasNextPage: z.boolean(), hasPreviousPage: z.boolean() }),
})

/** Every row of a noun that the API has, in one statement. */
async function shownRows(noun: Noun): Promise<Row[]> {
  const values = shownFields(noun).map(({ field }) => field.name)
  const fields = ['__typename', ...values].join(' ')
  const read = async () => {
    if (!isListed(noun)) {
      return ask(z.object({ list: rows }), `{ list: ${noun.many}(first: 100) { ${fields} } }`).then(({ list }) => list)
    }
    const query = `{ list: ${noun.many}(first: 100) { edges { cursor node { ${fields} } } pageInfo { hasNextPage hasPreviousPage } } }`
    return ask(z.object({ list: page }), query).then(({ list }) => list.edges.map(({ node }) => node))
  }
  let found: Record<string, unknown>[] = []
  const statements = await world.statementsOf(async () => {
    found = await read()
  })
  expect([noun.model, statements.length]).toEqual([noun.model, 1])
  return found.map(({ __typename, ...row }) => row)
}

describe('a hostile database with odd rows', () => {
  it('shows every value of every table and view as PostgreSQL has it, each table in one statement', async () => {
    expect(plan.nouns.length).toBeGreaterThan(30)
    const differences: string[] = []
    for (const noun of plan.nouns) {
      const ordered = (list: Row[]) => (isListed(noun) ? list : list.toSorted(byText))
      const expected = ordered(await expectedRows(noun))
      const shown = ordered(await shownRows(noun))
      expect([noun.model, shown.length]).toEqual([noun.model, expected.length])
      for (const [at, row] of expected.entries()) {
        for (const [name, value] of Object.entries(row)) {
          const found = shown[at]?.[name]
          if (!isDeepStrictEqual(found, value))
            differences.push(`${noun.model}.${name} is ${textOf(value)}, and shown as ${textOf(found)}`)
        }
      }
    }
    expect(differences).toEqual([])
  }, 120_000)

  it('pages each list in each sort both ways, and loses no row', async () => {
    const sorts = plan.nouns.flatMap((noun) => sortsOf(noun).map((sort) => ({ noun, sort })))
    expect(sorts.some(({ sort }) => sort.nulls === 'last')).toBe(true)
    for (const { noun, sort } of sorts) {
      const ids = await walk(noun, 'ID', 'ASC', false)
      for (const direction of ['ASC', 'DESC'] as const) {
        const expected = (await orderOf(noun, sort, direction)).map((place) => ids[place])
        for (const backwards of [false, true]) {
          const name = `${noun.many} ${sort.name} ${direction}${backwards ? ' backwards' : ''}`
          expect([name, ...(await walk(noun, sort.name, direction, backwards))]).toEqual([name, ...expected])
        }
      }
    }
  }, 240_000)

  it.each<[what: string, filter: string, condition: string]>([
    ['decimals', '{ exact: { from: "0.10", to: "0.1" } }', 'exact = 0.10'],
    ['decimals with no end, and with what is no number', '{ anyNumeric: { from: "1" } }', 'any_numeric >= 1'],
    ['money', '{ cash: { from: "0.01", to: "1234.5" } }', 'cash::numeric between 0.01 and 1234.5'],
    ['floats', '{ single: { from: 0.1 } }', 'single >= 0.1::float4'],
    ['days', '{ day: { to: "0001-01-01" } }', "day <= '0001-01-01'"],
    ['enums', '{ state: [IN_PROGRESS, _2ND_TRY, TRUE] }', "state in ('in progress', '2nd try', 'true')"],
    ['case-insensitive texts', '{ mail: "A@b" }', "mail = 'a@B'"],
    [
      'local times, which are those of Berlin',
      '{ stamp: { from: "2025-12-31T23:00:00Z", to: "2025-12-31T23:00:00.001Z" } }',
      "stamp between '2026-01-01 00:00' and '2026-01-01 00:00:00.001'",
    ],
  ])('filters by %s', async (_what, filter, condition) => {
    const counted = z.object({ everyTypes: z.object({ totalCount: z.number() }) })
    const { everyTypes } = await ask(counted, `{ everyTypes(filter: ${filter}) { totalCount } }`)
    const [row] = await rowsOf(`select count(*)::int as "count" from every_type where ${condition}`)
    expect(everyTypes.totalCount).toBe(row?.count)
    expect(everyTypes.totalCount).toBeGreaterThan(0)
  })

  it('shows on the edges of a list through a join table what the row of that table says', async () => {
    const join = plan.nouns.find(({ model }) => model === 'Friendship')
    const [through] = join?.throughs ?? []
    if (!join || !through) throw new Error('there is no such join table')
    const fields = shownFields(join).map(({ field }) => field.name)
    expect(fields).toEqual(['since', 'warmth', 'names', 'teaAt', 'met'])
    const edges = z.object({ edges: rows })
    const above = z.object({ list: z.object({ edges: z.array(z.object({ node: z.object({ linked: edges }) })) }) })
    const query = `{ list: ${through.near.to.many}(first: 100) { edges { node {
      linked: ${through.name}(first: 100) { edges { ${fields.join(' ')} } } } } } }`
    let shown: Row[] = []
    const statements = await world.statementsOf(async () => {
      const { list } = await ask(above, query)
      shown = list.edges.flatMap(({ node }) => node.linked.edges)
    })
    expect(statements).toHaveLength(1)
    expect(shown.toSorted(byText)).toEqual((await expectedRows(join)).toSorted(byText))
  })

  it('finds every row by its id, with all that it leads to', async () => {
    for (const noun of plan.nouns.filter(isListed)) {
      const ids = await walk(noun, 'ID', 'ASC', false)
      const ones = noun.relations.map(({ name }) => `${name} { __typename }`)
      const lists = noun.backRelations.map(({ backName, isBackList, from }) =>
        isBackList && isListed(from)
          ? `${backName} { totalCount edges { node { id } } }`
          : `${backName} { __typename }`,
      )
      const throughs = noun.backRelations.flatMap((near) => near.from.throughs.filter((each) => each.near === near))
      const linked = throughs.map(({ name }) => `${name} { totalCount edges { cursor node { id } } }`)
      const fields = ['id', ...ones, ...lists, ...linked].join(' ')
      const query = `query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on ${noun.model} { ${fields} } } }`
      const { nodes } = await ask(z.object({ nodes: z.array(z.object({ id: z.string() })) }), query, { ids })
      expect(nodes.map(({ id }) => id)).toEqual(ids)
    }
  }, 120_000)
})

describe('a time without a zone, and a label that is no name', () => {
  it('are written and read back as they are meant', async () => {
    const { Database } = await importFrom<typeof databases>(project.folder, 'src/platform/database/client.ts')
    const owner = new Database(world.databaseUrl, world.config.database)
    const stamp = new Date('2026-07-15T10:00:00.000Z')
    const data = {
      small: 1,
      price: '1.10',
      exact: '0.30',
      stamp,
      atTime: new Date(0),
      state: 'IN_PROGRESS',
      flag: true,
    }
    const written = await owner.transactions.run((tx) => {
      const table: { create(row: object): Promise<unknown> } = Reflect.get(tx, 'everyType')
      return table.create({ data, select: { price: true, exact: true, stamp: true, state: true } })
    })
    await owner.close()
    const said = z.object({ price: z.any(), exact: z.any(), stamp: z.date(), state: z.string() }).parse(written)
    expect([String(said.price), String(said.exact), said.stamp.toISOString(), said.state]).toEqual([
      '1.1',
      '0.3',
      stamp.toISOString(),
      'IN_PROGRESS',
    ])
    expect(await rowsOf(`select stamp::text, at_time::text, state::text from every_type where exact = 0.30`)).toEqual([
      { stamp: '2026-07-15 12:00:00', at_time: '00:00:00', state: 'in progress' },
    ])
  })

  it('are the same where Prisma makes the statement', async () => {
    const between = { gte: new Date('2026-07-15T10:00:00.000Z'), lte: new Date('2026-07-15T10:00:00.000Z') }
    const args = { select: { stamp: true, state: true }, where: { stamp: between } }
    const client: { findMany(args: object): Promise<unknown> } = Reflect.get(world.database.client, 'everyType')
    const expected = [{ stamp: between.gte, state: 'IN_PROGRESS' }]
    expect(await client.findMany(args)).toEqual(expected)
    expect(await world.database.prepared.rows('EveryType' as never, 'findMany', args)).toEqual(expected)
  })
})

/** The ids of a whole list, read page by page. */
async function walk(noun: Noun, field: string, direction: 'ASC' | 'DESC', backwards: boolean): Promise<string[]> {
  const query = `query ($first: Int, $last: Int, $after: String, $before: String) {
    list: ${noun.many}(first: $first, last: $last, after: $after, before: $before, sort: { field: ${field}, direction: ${direction} }) {
      edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage } } }`
  const seen: string[] = []
  let cursor: string | undefined
  for (;;) {
    const variables: Record<string, unknown> = backwards ? { last: 2, before: cursor } : { first: 2, after: cursor }
    const { list } = await ask(z.object({ list: page }), query, variables)
    seen.splice(backwards ? 0 : seen.length, 0, ...list.edges.map(({ node }) => String(node.id)))
    cursor = list.edges.at(backwards ? 0 : -1)?.cursor
    if (!(backwards ? list.pageInfo.hasPreviousPage : list.pageInfo.hasNextPage)) return seen
    expect(seen.length).toBeLessThan(100)
  }
}

/** The places that the rows of a list have in the order of their keys. */
async function orderOf(noun: Noun, { fields }: ListSort, direction: 'ASC' | 'DESC'): Promise<number[]> {
  const columns = columnsOf([...fields, ...noun.key.filter((field) => !fields.includes(field))])
  const order = columns.map((column) => `${column} ${direction} nulls last`).join(', ')
  const numbered = `select *, row_number() over (order by ${columnsOf(noun.key).join(', ')}) - 1 as "its place" from ${tableOf(noun)}`
  const found = await rowsOf(`select "its place"::int as "place" from (${numbered}) numbered order by ${order}`)
  return found.map(({ place }) => Number(place))
}
