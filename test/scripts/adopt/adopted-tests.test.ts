import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { loadMusic } from '../../second-domain/support/load.ts'
import { importFrom } from '../../second-domain/support/project.ts'
import { adoptedProject, testsIn } from './support/adopted-project.ts'
import { type AdoptedWorld, adoptedWorld } from './support/adopted-world.ts'
import { foreignDatabase } from './support/foreign-database.ts'

describe('Chinook, adopted with writes', () => {
  let project: Awaited<ReturnType<typeof adoptedProject>>
  let music: AdoptedWorld
  beforeAll(async () => {
    await using chinook = await foreignDatabase('chinook')
    project = await adoptedProject(chinook.url, '--name', 'music', '--writes', 'artist,album,invoice,playlist_track')
    music = await adoptedWorld(project.folder, loadMusic)
  }, 300_000)
  afterAll(async () => {
    await music?.world.close()
    await project?.[Symbol.asyncDispose]()
  })

  const idOf = z.object({ id: z.string() })
  const firstId = async (list: string, args = 'first: 1') => {
    const page = z.object({ list: z.object({ edges: z.tuple([z.object({ node: idOf })]) }) })
    const { list: found } = await music.ask(`{ list: ${list}(${args}) { edges { node { id } } } }`, page)
    return found.edges[0].node.id
  }
  const counts = () =>
    music.world.rowsOf(
      'select (select count(*) from artist)::int as artists, (select count(*) from platform.pf_outbox)::int as events',
      z.object({ artists: z.number(), events: z.number() }),
    )

  it('has tests for each noun, which pass as they are', async () => {
    const { failed, files, passed } = await testsIn(project.folder, 'test/music')
    expect(failed).toEqual([])
    expect(files).toBe(11)
    expect(passed).toBeGreaterThan(60)
  }, 400_000)

  it('creates an artist and an album, changes one and deletes both', async () => {
    const artist = idOf.parse((await music.mutate('artistCreate', { key: 1000, name: 'New' }, 'artist { id }')).artist)
    const album = { key: 1000, title: 'First', artistId: artist.id }
    const { id } = idOf.parse((await music.mutate('albumCreate', album, 'album { id }')).album)
    const changed = await music.mutate(
      'albumUpdate',
      { albumId: id, title: 'Second' },
      'album { title artist { name } }',
    )
    expect(changed.album).toEqual({ title: 'Second', artist: { name: 'New' } })
    expect(await music.refused('artistDelete', { artistId: artist.id })).toEqual([
      'IN_USE artistId: Still refer to it: albums.',
    ])
    expect(await music.refused('albumDelete', { albumId: id })).toEqual([])
    expect(await music.refused('artistDelete', { artistId: artist.id })).toEqual([])
  })

  it('refuses to delete an artist with albums, and changes nothing', async () => {
    const artistId = await firstId('artists')
    const before = await counts()
    expect(await music.refused('artistDelete', { artistId })).toEqual(['IN_USE artistId: Still refer to it: albums.'])
    expect(await counts()).toEqual(before)
  })

  it('says of a table without a version that the last write wins', async () => {
    const field = z.object({
      __type: z.object({ fields: z.array(z.object({ name: z.string(), description: z.string() })) }),
    })
    const { __type } = await music.ask('{ __type(name: "Mutation") { fields { name description } } }', field)
    const { description } = __type.fields.find(({ name }) => name === 'albumUpdate') ?? { description: '' }
    expect(description).toContain('The last write wins')
  })

  it('adds a track to a playlist and takes it away', async () => {
    const pair = z.object({ id: z.string(), playlist: idOf, track: idOf })
    const page = z.object({ playlistTracks: z.object({ edges: z.tuple([z.object({ node: pair })]) }) })
    const query = '{ playlistTracks(first: 1) { edges { node { id playlist { id } track { id } } } } }'
    const { id: removed, playlist, track } = (await music.ask(query, page)).playlistTracks.edges[0].node
    expect(await music.refused('playlistTrackDelete', { playlistTrackId: removed })).toEqual([])
    expect(await music.refused('playlistTrackDelete', { playlistTrackId: removed })).toEqual([
      'NOT_FOUND playlistTrackId: There is no such playlist track, or none that this viewer sees.',
    ])
    const input = { playlistId: playlist.id, trackId: track.id }
    expect(await music.refused('playlistTrackCreate', input)).toEqual([])
    expect(await music.refused('playlistTrackCreate', input)).toEqual([
      'TAKEN playlistId: Another playlist track has this playlistId and trackId.',
    ])
  })

  it('writes no row that the viewer does not see, before or after', async () => {
    const { rowPolicies } = await importFrom<{ rowPolicies: Record<string, object> }>(
      project.folder,
      'src/music/access.ts',
    )
    const { Artist = {} } = rowPolicies
    const open = { ...Artist }
    const artistId = await firstId('artists')
    const last = await firstId('artists', 'first: 1, sort: { field: ID, direction: DESC }')
    const unknown = 'There is no such artist, or none that this viewer sees.'
    Object.assign(Artist, { rows: () => ({ id: { gt: 100 } }) })
    try {
      expect(await music.refused('artistUpdate', { artistId, name: 'Unseen' })).toEqual([
        `NOT_FOUND artistId: ${unknown}`,
      ])
      expect(await music.refused('artistDelete', { artistId })).toEqual([`NOT_FOUND artistId: ${unknown}`])
      expect(await music.refused('albumCreate', { key: 2000, title: 'Of another', artistId })).toEqual([
        `NOT_FOUND artistId: ${unknown}`,
      ])
      expect(await music.refused('artistCreate', { key: -1, name: 'Unseen' })).toEqual([
        'NOT_VISIBLE : The row would be one that this viewer does not see.',
      ])
      expect(await music.refused('artistUpdate', { artistId: last, name: 'Seen' })).toEqual([])
    } finally {
      Object.assign(Artist, open)
    }
  })
})

describe('nouns of a hostile database, adopted with writes', () => {
  it('have tests that pass as they are', async () => {
    await using hostile = await foreignDatabase('hostile')
    const tables = 'sales.customer,sales.country,sales.label,sales.profile,series,person,Query,measurement'
    await using project = await adoptedProject(
      hostile.url,
      ...['--name', 'hostile', '--schema', 'public,sales', '--tables', tables, '--writes', 'all'],
    )
    const { failed, files } = await testsIn(project.folder, 'test/hostile')
    expect(failed).toEqual([])
    expect(files).toBe(8)
  }, 500_000)
})
