import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type * as apps from '../../src/app.ts'
import { parseConfig } from '../../src/platform/config/config.ts'
import { production } from '../platform/support/production.ts'
import { codesOf, dataOf, type World } from '../support/world.ts'
import { importFrom, musicProject } from './support/project.ts'
import { createMusicWorld, makingLasts } from './support/world.ts'

let world: World
beforeAll(async () => {
  world = await createMusicWorld()
}, makingLasts)
afterAll(() => world?.close())

const node = z.object({ id: z.string(), __typename: z.string() })
const edges = <Node extends z.ZodType>(of: Node) => z.object({ edges: z.array(z.object({ node: of })) })

async function read<T>(query: string, shape: z.ZodType<T>, viewer = 'admin', variables = {}): Promise<T> {
  return dataOf(await world.as(viewer).query(query, variables), shape)
}

/** Rows with every kind of key, of some types two. */
async function someIds(): Promise<string[]> {
  const { tracks, plays, labels, seats } = await read(
    `{ tracks(first: 2) { edges { node { id genre { id } album { id artist { id } } } } }
       plays(first: 2) { edges { node { id } } }
       labels { edges { node { id } } }
       seats(first: 2) { edges { node { id tickets { edges { node { id } } } } } } }`,
    z.object({
      tracks: edges(
        z.object({
          id: z.string(),
          genre: z.object({ id: z.string() }),
          album: z.object({ id: z.string(), artist: z.object({ id: z.string() }) }),
        }),
      ),
      plays: edges(z.object({ id: z.string() })),
      labels: edges(z.object({ id: z.string() })),
      seats: edges(z.object({ id: z.string(), tickets: edges(z.object({ id: z.string() })) })),
    }),
  )
  return [
    ...tracks.edges.flatMap(({ node }) => [node.id, node.genre.id, node.album.id, node.album.artist.id]),
    ...[...plays.edges, ...labels.edges, ...seats.edges].map(({ node }) => node.id),
    ...seats.edges.flatMap(({ node }) => node.tickets.edges.map(({ node }) => node.id)),
  ]
}

const typeOf = (prefix: string) => `${prefix.slice(0, 1).toUpperCase()}${prefix.slice(1)}`
const nodes = (ids: string[]) =>
  world.as('admin').query('query ($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }', { ids })
const nodeCodes = async (id: string) =>
  codesOf(await world.as('admin').query('query ($id: ID!) { node(id: $id) { id } }', { id }))

describe('an id of a key that is no UUID', () => {
  it('finds its row again: of an integer, a bigint, a text, and several of them', async () => {
    const ids = await someIds()
    expect(new Set(ids.map((id) => id.split('_')[0]))).toEqual(
      new Set(['track', 'genre', 'album', 'artist', 'play', 'label', 'seat', 'ticket']),
    )
    const found = dataOf(await nodes(ids), z.object({ nodes: z.array(node) })).nodes
    expect(found).toEqual(ids.map((id) => ({ id, __typename: typeOf(id.split('_')[0] ?? '') })))
  })

  it('has the same length for every number, and nothing in common with the next one', async () => {
    const { tracks } = await read(
      '{ tracks(first: 100) { edges { node { id } } } }',
      z.object({ tracks: edges(z.object({ id: z.string() })) }),
    )
    const ids = tracks.edges.map(({ node }) => node.id)
    expect(new Set(ids.map((id) => id.length))).toEqual(new Set([45]))
    expect(new Set(ids.map((id) => id.slice(7, 12))).size).toBe(ids.length)
    expect(ids.every((id) => /^track_[0-7][0-9a-hjkmnp-tv-z]{38}$/.test(id))).toBe(true)
  })

  it('is INVALID_ID with any one character changed, removed or added', async () => {
    const [id = ''] = await someIds()
    for (let at = 6; at < id.length; at += 3) {
      const other = id[at] === '0' ? '1' : '0'
      expect(await nodeCodes(id.slice(0, at) + other + id.slice(at + 1))).toEqual(['INVALID_ID'])
    }
    for (const forged of [id.slice(0, -1), `${id}0`, 'track_', 'track_1', 'track_01h455vb4pex5vsknk084sn02q'])
      expect(await nodeCodes(forged)).toEqual(['INVALID_ID'])
  })

  it('never passes for that of another type', async () => {
    const ids = await someIds()
    for (const id of ids) {
      for (const prefix of ['track', 'genre', 'play', 'label', 'seat', 'ticket', 'concert', 'playlist_track']) {
        if (!id.startsWith(`${prefix}_`))
          expect(await nodeCodes(`${prefix}_${id.split('_')[1]}`), `${prefix} for ${id}`).toEqual(['INVALID_ID'])
      }
    }
    const [track] = ids
    const filtered = await world
      .as('admin')
      .query('query ($id: ID!) { tracks(filter: { albumId: $id }) { totalCount } }', { id: track })
    expect(codesOf(filtered)).toEqual(['INVALID_ID'])
  })

  it('is the same on every replica', async () => {
    const ids = await someIds()
    const replica = await world.openReplica()
    try {
      const answer = await replica.as('admin').query('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids })
      expect(dataOf(answer, z.object({ nodes: z.array(z.object({ id: z.string() })) })).nodes).toEqual(
        ids.map((id) => ({ id })),
      )
    } finally {
      await replica.close()
    }
  })

  it('needs a secret in production, which no other key does', async () => {
    const project = await musicProject()
    const { openApp } = await importFrom<typeof apps>(project, 'src/app.ts')
    const opened = openApp(parseConfig(production), world.serverDatabaseUrl, pino({ level: 'silent' }))
    await expect(opened).rejects.toThrow(
      /^ID_SECRET: required in production, since it encrypts the keys of (?!.*Concert).*Track/,
    )
  })

  it('is an argument of a list and of a look-up', async () => {
    const shape = z.object({
      tracks: edges(z.object({ album: z.object({ id: z.string(), title: z.string() }) })),
    })
    const { tracks } = await read('{ tracks(first: 1) { edges { node { album { id title } } } } }', shape)
    const album = tracks.edges[0]?.node.album
    const found = await read(
      'query ($id: ID!) { tracks(filter: { albumId: $id }) { edges { node { album { id title } } } } }',
      shape,
      'admin',
      { id: album?.id },
    )
    expect(found.tracks.edges.length).toBeGreaterThan(1)
    expect(found.tracks.edges.every(({ node }) => node.album.title === album?.title)).toBe(true)
  })
})

it('a UUID is a TypeID as ever', async () => {
  const { node } = await read(
    '{ node(id: "concert_01h455vb4pex5vsknk084sn02q") { id ... on Concert { tickets { totalCount } } } }',
    z.object({ node: z.object({ id: z.string(), tickets: z.object({ totalCount: z.number() }) }) }),
  )
  expect(node).toEqual({ id: 'concert_01h455vb4pex5vsknk084sn02q', tickets: { totalCount: 6 } })
})

describe('rows with keys of several columns', () => {
  const seat = z.object({
    hall: z.string(),
    number: z.number(),
    sold: z.number(),
    tickets: z.object({
      totalCount: z.number(),
      edges: z.array(
        z.object({ cursor: z.string(), node: z.object({ id: z.string(), seat: z.object({ number: z.number() }) }) }),
      ),
      aggregate: z.object({ count: z.number(), max: z.object({ number: z.number() }) }),
    }),
  })
  const query = `{ seats { edges { node { hall number sold tickets {
    totalCount edges { cursor node { id seat { number } } } aggregate { count max { number } } } } } } }`

  it('are linked both ways, counted, loaded and aggregated', async () => {
    const { seats } = await read(query, z.object({ seats: edges(seat) }))
    expect(seats.edges.map(({ node: { hall, number } }) => `${hall} ${number}`)).toEqual(
      ['A "1", x', 'B'].flatMap((hall) => [1, 2, 3].map((number) => `${hall} ${number}`)),
    )
    for (const { node } of seats.edges) {
      expect(node).toMatchObject({ sold: 2, tickets: { totalCount: 2, aggregate: { count: 2 } } })
      expect(node.tickets.aggregate.max.number).toBe(node.number)
      expect(node.tickets.edges.map(({ node }) => node.seat.number)).toEqual([node.number, node.number])
    }
  })

  it('are read in one statement, also where relations lead over several columns', async () => {
    const nested = '{ seats { edges { node { hall tickets { edges { node { id seat { number } } } } } } } }'
    expect(await world.statementsOf(() => world.as('admin').query(nested))).toHaveLength(1)
    // Sums and loaders take one each for all rows.
    expect(await world.statementsOf(() => world.as('admin').query(query))).toHaveLength(3)
  })

  it('are looked up by their id', async () => {
    const track = z.object({ id: z.string(), track: z.object({ name: z.string() }) })
    const { playlists } = await read(
      '{ playlists(last: 1) { edges { node { tracks(first: 1) { edges { node { id track { name } } } } } } } }',
      z.object({ playlists: edges(z.object({ tracks: edges(track) })) }),
    )
    const listed = playlists.edges[0]?.node.tracks.edges[0]?.node
    const query = 'query ($id: ID!) { playlistTrack(id: $id) { id track { name } } }'
    const look = () => read(query, z.object({ playlistTrack: track }), 'admin', { id: listed?.id })
    expect((await look()).playlistTrack).toEqual(listed)
    const [statement, ...others] = await world.statementsOf(look)
    expect(statement?.rows).toBe(1)
    expect(others).toEqual([])
  })
})

it(
  'the domain is right for TypeScript',
  async () => {
    const project = await musicProject()
    const compiler = join(import.meta.dirname, '../../node_modules/typescript/bin/tsc')
    const { stdout } = await promisify(execFile)(process.execPath, [compiler, '-p', project]).catch((error: unknown) =>
      z.object({ stdout: z.string() }).parse(error),
    )
    expect(stdout).toBe('')
  },
  makingLasts,
)
