import type { ClientBase } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { withClient } from '../../src/platform/database/with-client.ts'
import { dataOf, type Statement, type World } from '../support/world.ts'
import { createMusicWorld, makingLasts } from './support/world.ts'

let world: World
beforeAll(async () => {
  world = await createMusicWorld()
}, makingLasts)
afterAll(() => world?.close())

const page = z.object({
  edges: z.array(z.object({ cursor: z.string(), node: z.record(z.string(), z.unknown()) })),
  pageInfo: z.object({ hasNextPage: z.boolean(), hasPreviousPage: z.boolean() }),
})
type Page = z.infer<typeof page>

interface Sort {
  field: string
  direction: 'ASC' | 'DESC'
}

async function readPage(list: string, type: string, fields: string, variables: object): Promise<Page> {
  const document = `query ($first: Int, $last: Int, $after: String, $before: String, $sort: ${type}Sort) {
    ${list}(first: $first, last: $last, after: $after, before: $before, sort: $sort) {
      edges { cursor node { ${fields} } } pageInfo { hasNextPage hasPreviousPage } } }`
  const answer = await world.as('admin').query(document, { ...variables })
  return dataOf(answer, z.object({ [list]: page }))[list] as Page
}

/** All rows, page by page from one end, in the order of the list. */
async function walk(read: (variables: object) => Promise<Page>, size: number, backwards: boolean): Promise<unknown[]> {
  const seen: unknown[] = []
  let cursor: string | undefined
  for (;;) {
    const { edges, pageInfo } = await read(backwards ? { last: size, before: cursor } : { first: size, after: cursor })
    const nodes = edges.map(({ node }) => node)
    seen.splice(backwards ? 0 : seen.length, 0, ...nodes)
    cursor = edges.at(backwards ? 0 : -1)?.cursor
    const { hasNextPage, hasPreviousPage } = pageInfo
    expect(backwards ? hasNextPage : hasPreviousPage).toBe(seen.length > nodes.length)
    if (!(backwards ? hasPreviousPage : hasNextPage)) return seen
  }
}

const ways = [true, false].flatMap((backwards) =>
  (['ASC', 'DESC'] as const).flatMap((direction) =>
    (['first', 'last'] as const).map((nulls) => ({ nulls, direction, backwards })),
  ),
)

describe('a list sorted by a column of which half is null', () => {
  it.each(ways)(
    'has every row once, nulls $nulls, $direction, backwards: $backwards',
    async ({ nulls, direction, backwards }) => {
      const sort: Sort = { field: nulls === 'first' ? 'RATING_FIRST' : 'RATING', direction }
      const seen = await walk((page) => readPage('plays', 'Play', 'id rating', { ...page, sort }), 7, backwards)
      const whole = await readPage('plays', 'Play', 'id rating', { first: 100, sort })
      const rest = await readPage('plays', 'Play', 'id rating', { first: 100, after: whole.edges.at(-1)?.cursor, sort })
      expect(seen).toEqual([...whole.edges, ...rest.edges].map(({ node }) => node))
      const expected = await world.rowsOf(
        `select rating from play order by rating ${direction} nulls ${nulls}, play_id ${direction}`,
        z.object({ rating: z.number().nullable() }),
      )
      expect(seen).toHaveLength(200)
      expect(seen.map((row) => z.object({ rating: z.unknown() }).parse(row))).toEqual(expected)
      expect(new Set(seen.map((row) => z.object({ id: z.string() }).parse(row).id)).size).toBe(200)
    },
  )

  it('has every row once of a text column, also where Prisma makes the statement', async () => {
    const sort: Sort = { field: 'COMPOSER', direction: 'DESC' }
    const expected = await world.rowsOf(
      'select composer, name from track order by composer desc nulls last, track_id desc',
      z.object({ composer: z.string().nullable(), name: z.string() }),
    )
    const read = (fields: string) => walk((page) => readPage('tracks', 'Track', fields, { ...page, sort }), 100, false)
    expect(await read('composer name')).toEqual(expected)
    // Decimals are left to Prisma.
    expect(await read('composer name unitPrice')).toMatchObject(expected)
  })

  it('has every row once below a parent too, in the statement of the parent', async () => {
    const document = `query ($id: ID!, $first: Int, $last: Int, $after: String, $before: String, $sort: PlaySort) {
      node(id: $id) { ... on Track { plays(first: $first, last: $last, after: $after, before: $before, sort: $sort) {
        edges { cursor node { rating } } pageInfo { hasNextPage hasPreviousPage } } } } }`
    const [track] = (await readPage('plays', 'Play', 'track { id }', { first: 1 })).edges
    const { id } = z.object({ track: z.object({ id: z.string() }) }).parse(track?.node).track
    const shape = z.object({ node: z.object({ plays: page }) })
    for (const { nulls, direction, backwards } of ways) {
      const sort: Sort = { field: nulls === 'first' ? 'RATING_FIRST' : 'RATING', direction }
      const read = async (variables: object) =>
        dataOf(await world.as('admin').query(document, { id, sort, ...variables }), shape).node.plays
      const expected = await world.rowsOf(
        `select rating from play where track_id = 1 order by rating ${direction} nulls ${nulls}, play_id ${direction}`,
        z.object({ rating: z.number().nullable() }),
      )
      expect(expected.length).toBeGreaterThan(20)
      expect(await walk(read, 5, backwards)).toEqual(expected)
    }
    const after = (await readPage('plays', 'Play', 'id', { first: 1, sort: { field: 'RATING', direction: 'DESC' } }))
      .edges
    const variables = { id, first: 5, after: after[0]?.cursor, sort: { field: 'RATING', direction: 'DESC' } }
    expect(await world.statementsOf(() => world.as('admin').query(document, variables))).toHaveLength(1)
  })

  it('is read within bounds at both ends, over the border of the nulls too', async () => {
    for (const field of ['RATING', 'RATING_FIRST']) {
      const sort: Sort = { field, direction: 'DESC' }
      const read = (variables: object) => readPage('plays', 'Play', 'id', { ...variables, sort })
      const whole = [...(await read({ first: 100 })).edges]
      whole.push(...(await read({ first: 100, after: whole.at(-1)?.cursor })).edges)
      for (const [from, to] of [
        [10, 30],
        [90, 110],
        [98, 101],
        [150, 170],
        [99, 100],
        [120, 80],
      ] as const) {
        const between = { after: whole[from]?.cursor, before: whole[to]?.cursor }
        const expected = whole.slice(from + 1, Math.max(to, from + 1)).map(({ node }) => node)
        for (const size of [{ first: 100 }, { last: 100 }])
          expect((await read({ ...between, ...size })).edges.map(({ node }) => node)).toEqual(expected)
      }
    }
  })
})

const plan = z.object({
  'Node Type': z.string(),
  'Actual Rows': z.number(),
  'Actual Loops': z.number(),
  'Rows Removed by Filter': z.number().default(0),
  'Relation Name': z.string().optional(),
  get Plans() {
    return z.array(plan).default([])
  },
})

/** How many rows of tables a statement reads, planned for its values or for any. */
async function rowsRead({ sql, args }: Statement): Promise<number[]> {
  const readBy = async (client: ClientBase, mode: string) => {
    await client.query(`set plan_cache_mode = ${mode}; deallocate all; prepare page as ${sql}`)
    const values = args.map((value) => client.escapeLiteral(String(value))).join()
    const { rows } = await client.query(`explain (analyze, format json) execute page${values && `(${values})`}`)
    const [explained] = z.tuple([z.object({ 'QUERY PLAN': z.tuple([z.object({ Plan: plan })]) })]).parse(rows)
    const read = (node: z.infer<typeof plan>): number => {
      const seen = (node['Actual Rows'] + node['Rows Removed by Filter']) * node['Actual Loops']
      const below = node.Plans.reduce((sum, each) => sum + read(each), 0)
      return below + (node['Relation Name'] === undefined ? 0 : seen)
    }
    return read(explained['QUERY PLAN'][0].Plan)
  }
  return withClient(world.databaseUrl, async (client) => [
    await readBy(client, 'force_custom_plan'),
    await readBy(client, 'force_generic_plan'),
  ])
}

describe('a page of a list of 6,000 rows sorted by a column of which half is null', () => {
  /** Positions in the order of the list: at its ends, in each half, and where the halves meet. */
  const positions = [5, 1500, 2990, 3005, 4500, 5985]
  const size = 20

  it.each(ways)('reads its rows and no others, nulls $nulls, $direction, backwards: $backwards', async (way) => {
    const sort: Sort = { field: way.nulls === 'first' ? 'STARS_FIRST' : 'STARS', direction: way.direction }
    for (const cursor of [undefined, ...(await cursorsAt(sort))]) {
      const variables = way.backwards ? { last: size, before: cursor } : { first: size, after: cursor }
      const statements = await world.statementsOf(() =>
        readPage('reviews', 'Review', 'stars note', { ...variables, sort }),
      )
      expect(statements).toHaveLength(1)
      for (const statement of statements)
        for (const rows of await rowsRead(statement)) expect(rows, statement.sql).toBeLessThanOrEqual(size + 1)
    }
  })

  const known = new Map<string, Promise<string[]>>()

  function cursorsAt(sort: Sort): Promise<string[]> {
    const key = JSON.stringify(sort)
    const cursors = known.get(key) ?? readCursors(sort)
    known.set(key, cursors)
    return cursors
  }

  async function readCursors(sort: Sort): Promise<string[]> {
    const found: string[] = []
    let after: string | undefined
    let passed = 0
    for (const position of positions) {
      while (passed < position) {
        const first = Math.min(100, position - passed)
        const { edges } = await readPage('reviews', 'Review', 'stars', { first, after, sort })
        after = edges.at(-1)?.cursor
        passed += edges.length
      }
      found.push(after ?? '')
    }
    return found
  }
})
