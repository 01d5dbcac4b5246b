import { Kind, parse } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type * as compiler from '../../src/platform/execution/compiled/compile-operation.ts'
import type * as schemas from '../../src/schema.ts'
import { exportEnded, startExport } from '../platform/bulk/support/export-job.ts'
import { codesOf, dataOf, type World } from '../support/world.ts'
import { importFrom, musicProject } from './support/project.ts'
import { createMusicWorld, makingLasts } from './support/world.ts'

let world: World
beforeAll(async () => {
  world = await createMusicWorld()
}, makingLasts)
afterAll(() => world?.close())

const list = <Node extends z.ZodType>(node: Node) =>
  z.object({
    totalCount: z.number(),
    edges: z.array(z.object({ cursor: z.string(), stars: z.number(), node })),
    pageInfo: z.object({
      hasNextPage: z.boolean(),
      hasPreviousPage: z.boolean(),
      startCursor: z.string().nullable(),
      endCursor: z.string().nullable(),
    }),
  })
const page =
  'totalCount edges { cursor stars node { name } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }'
const artists = list(z.object({ name: z.string() }))

const artistsOf = (number: number) =>
  world.rowsOf(
    `select name, stars from fan join artist using (artist_id) where customer_id = ${number} order by artist_id`,
    z.object({ name: z.string(), stars: z.number() }),
  )

async function readArtists(viewer: string, variables: object) {
  const document = `query ($first: Int, $last: Int, $after: String, $before: String) {
    customers { edges { node { artists(first: $first, last: $last, after: $after, before: $before) { ${page} } } } } }`
  const shape = z.object({ customers: z.object({ edges: z.array(z.object({ node: z.object({ artists }) })) }) })
  const answer = await world.as(viewer).query(document, { ...variables })
  return dataOf(answer, shape).customers.edges.map(({ node }) => node.artists)
}

describe('a list through a join table', () => {
  it.each([false, true])(
    'has every row once, page by page, with what the join row says; backwards: %s',
    async (backwards) => {
      const seen: { name: string; stars: number }[] = []
      let cursor: string | undefined | null
      for (;;) {
        const given = backwards ? { last: 7, before: cursor } : { first: 7, after: cursor }
        const [found] = await readArtists('customer 1', given)
        if (!found) throw new Error('there is no customer')
        const { edges, pageInfo, totalCount } = found
        expect(totalCount).toBe(30)
        const rows = edges.map(({ node, stars }) => ({ name: node.name, stars }))
        seen.splice(backwards ? 0 : seen.length, 0, ...rows)
        expect([pageInfo.startCursor, pageInfo.endCursor]).toEqual([edges.at(0)?.cursor, edges.at(-1)?.cursor])
        cursor = backwards ? pageInfo.startCursor : pageInfo.endCursor
        if (!(backwards ? pageInfo.hasPreviousPage : pageInfo.hasNextPage)) break
      }
      expect(seen).toEqual(await artistsOf(1))
    },
  )
})

const fans = z.object({
  totalCount: z.number(),
  edges: z.array(z.object({ note: z.string().nullable(), node: z.object({ lastName: z.string() }) })),
})

describe('both sides of a join table', () => {
  const nested = `{ customers(first: 100) { edges { node { artists(first: 2) { edges { stars node {
    name fans(first: 2) { totalCount edges { note node { lastName } } } } } } } } } }`
  const shape = z.object({
    customers: z.object({
      edges: z.array(
        z.object({
          node: z.object({
            artists: z.object({ edges: z.array(z.object({ node: z.object({ name: z.string(), fans }) })) }),
          }),
        }),
      ),
    }),
  })

  it('are one statement, nested in each other, on both routes', async () => {
    const answers: unknown[] = []
    for (let call = 0; call < 3; call++) {
      const statements = await world.statementsOf(async () => {
        answers.push(dataOf(await world.as('admin').query(nested), shape))
      })
      expect(statements.map(({ rows }) => rows)).toEqual([59])
    }
    // The general route answers a document once, and the compiled operation from then on.
    expect(answers.slice(1)).toEqual([answers[0], answers[0]])
    const project = await musicProject()
    const { schema } = await importFrom<typeof schemas>(project, 'src/schema.ts')
    const { compileOperation } = await importFrom<typeof compiler>(
      project,
      'src/platform/execution/compiled/compile-operation.ts',
    )
    const [definition] = parse(nested).definitions
    if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error('no operation')
    expect(compileOperation({ schema, definition, fragments: {}, variables: {} }).isUnusable).toBe(false)
  })

  it('show a viewer only the links and the rows that it sees', async () => {
    const found = dataOf(await world.as('admin').query(nested), shape).customers.edges
    const counts = found.flatMap(({ node }) =>
      node.artists.edges.map((edge) => [edge.node.name, edge.node.fans.totalCount]),
    )
    expect(new Map(counts as [string, number][])).toEqual(
      new Map([
        ['AC/DC', 2],
        ['Accept', 3],
        ['Aerosmith', 3],
      ]),
    )
    const own = await world.as('customer 2').query(nested.replace('note', ''))
    const seen = dataOf(own, z.object({ customers: z.object({ edges: z.array(z.object({ node: z.unknown() })) }) }))
    expect(seen.customers.edges).toHaveLength(1)
    expect(JSON.stringify(seen).match(/"totalCount":\d+/g)).toEqual(['"totalCount":1', '"totalCount":1'])
  })

  it('are guarded by the rule of each field of the edge', async () => {
    const answer = await world.as('customer 2').query(nested)
    expect(new Set(codesOf(answer))).toEqual(new Set(['FORBIDDEN']))
  })
})

it('a list through a join table stands beside the list of its rows', async () => {
  const document = `{ playlists(first: 1) { edges { node {
    songs(last: 2) { totalCount edges { node { name } } } tracks(last: 2) { totalCount edges { node { track { name } } } } } } } }`
  const track = z.object({ name: z.string() })
  const both = z.object({
    songs: z.object({ totalCount: z.number(), edges: z.array(z.object({ node: track })) }),
    tracks: z.object({ totalCount: z.number(), edges: z.array(z.object({ node: z.object({ track }) })) }),
  })
  const shape = z.object({ playlists: z.object({ edges: z.array(z.object({ node: both })) }) })
  for (let call = 0; call < 2; call++) {
    const found = dataOf(await world.as('admin').query(document), shape).playlists.edges[0]?.node
    expect(found?.songs).toEqual({
      totalCount: found?.tracks.totalCount,
      edges: found?.tracks.edges.map(({ node }) => ({ node: node.track })),
    })
    expect(found?.songs.edges).toHaveLength(2)
  }
})

it('a list through a join table refuses sizes and cursors as other lists do', async () => {
  const codes = async (given: string) =>
    codesOf(
      await world
        .as('admin')
        .query(`{ playlists(first: 1) { edges { node { songs(${given}) { totalCount edges { node { name } } } } } } }`),
    )
  expect(await codes('first: 101')).toEqual(['INVALID_PAGE_SIZE'])
  expect(await codes('first: 1, last: 1')).toEqual(['INVALID_PAGE_SIZE'])
  expect(await codes('after: "AAAA"')).toEqual(['INVALID_CURSOR'])
})

it('a list through a join table is exported whole, and a field of its edges is refused', async () => {
  const ofSongs = (edge: string) => `{ playlists { edges { node { id songs { edges { ${edge} } } } } } }`
  const ofArtists = '{ customers { edges { node { id artists { edges { stars node { id } } } } } } }'
  const id = await startExport(world.as('admin'), ofSongs('node { id }'))
  const counts = await world.rowsOf(
    'select (select count(*) from playlist)::int + (select count(*) from playlist_track)::int as rows',
    z.object({ rows: z.number() }),
  )
  expect(await exportEnded(world.as('admin'), id)).toMatchObject({ state: 'DONE', rowCount: counts[0]?.rows })
  const refused = await world
    .as('admin')
    .query('mutation ($d: String!) { bulkExportCreate(input: { document: $d }) { userErrors { message } } }', {
      d: ofArtists,
    })
  expect(JSON.stringify(refused)).toContain(
    'Leave `stars` of `artists` out: of the edges of a list an export takes the nodes.',
  )
})
