import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type * as migrate from '../../../src/platform/database/migrate.ts'
import type * as schemas from '../../../src/schema.ts'
import { loadMusic } from '../../second-domain/support/load.ts'
import { importFrom } from '../../second-domain/support/project.ts'
import type * as worlds from '../../support/world.ts'
import { adoptedProject, typeErrorsIn } from './support/adopted-project.ts'
import { foreignDatabase } from './support/foreign-database.ts'

let project: Awaited<ReturnType<typeof adoptedProject>>
let world: worlds.World
let dataOf: typeof worlds.dataOf
let codesOf: typeof worlds.codesOf
let schema: typeof schemas.schema
beforeAll(async () => {
  await using chinook = await foreignDatabase('chinook')
  project = await adoptedProject(chinook.url, '--name', 'music')
  const module = await importFrom<typeof worlds>(project.folder, 'test/support/world.ts')
  const { migrateDatabase } = await importFrom<typeof migrate>(project.folder, 'src/platform/database/migrate.ts')
  const joint = await importFrom<typeof schemas>(project.folder, 'src/schema.ts')
  ;({ dataOf, codesOf } = module)
  schema = joint.schema
  world = await module.createWorld({
    data: 'empty',
    prepare: async (urls) => {
      await loadMusic(urls.ownerUrl)
      await migrateDatabase(urls, join(project.folder, 'prisma'), joint.domain)
    },
  })
}, 240_000)
afterAll(async () => {
  await world?.close()
  await project?.[Symbol.asyncDispose]()
})

const edges = <Node extends z.ZodType>(of: Node) => z.object({ edges: z.array(z.object({ node: of })) })

describe('Chinook, adopted and not touched', () => {
  it('compiles', async () => {
    expect(await typeErrorsIn(project.folder)).toBe('')
  }, 240_000)

  it('serves all its tables, whole', async () => {
    const lists = [
      'albums',
      'artists',
      'customers',
      'employees',
      'genres',
      'invoices',
      'invoiceLines',
      'mediaTypes',
      'playlists',
      'playlistTracks',
      'tracks',
    ]
    const counts = z.record(z.string(), z.object({ totalCount: z.number() }))
    const query = `{ ${lists.map((list) => `${list} { totalCount }`).join(' ')} }`
    const found = dataOf(await world.as('admin').query(query), counts)
    expect(Object.entries(found).map(([list, { totalCount }]) => `${totalCount} ${list}`)).toEqual([
      '347 albums',
      '275 artists',
      '59 customers',
      '8 employees',
      '25 genres',
      '412 invoices',
      '2240 invoiceLines',
      '5 mediaTypes',
      '18 playlists',
      '8715 playlistTracks',
      '3503 tracks',
    ])
  })

  it('serves one and the list of each noun over REST, without what tells of persons', async () => {
    const get = async (path: string, as = 'admin') => {
      const response = await world.fetchAs(as, `/api${path}`)
      return { status: response.status, next: response.headers.get('link'), body: await response.json() }
    }
    const albums = await get('/albums?first=2')
    expect([albums.status, albums.next]).toEqual([200, expect.stringContaining('rel="next"')])
    const [album] = z.array(z.object({ id: z.string(), title: z.string() })).parse(albums.body)
    expect((await get(`/albums/${album?.id}`)).body).toEqual(album)
    const [customer] = z.array(z.object({ id: z.string() }).loose()).parse((await get('/customers?first=1')).body)
    expect(Object.keys(customer ?? {})).not.toContain('email')
    expect((await get('/albums', 'nobody')).status).toBe(403)
    const described = z.object({ paths: z.record(z.string(), z.unknown()) }).parse((await get('/openapi.json')).body)
    expect(Object.keys(described.paths)).toHaveLength(2 * 11)
  })

  it('gives exact amounts, which add up to what the table says', async () => {
    const page = edges(z.object({ total: z.string(), billingCountry: z.string() })).extend({
      pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
    })
    let after: string | null = null
    const invoices: { total: string; billingCountry: string }[] = []
    do {
      const query =
        'query ($after: String) { invoices(first: 100, after: $after) { edges { node { total billingCountry } } pageInfo { hasNextPage endCursor } } }'
      const answer: z.infer<typeof page> = dataOf(
        await world.as('admin').query(query, { after }),
        z.object({ invoices: page }),
      ).invoices
      invoices.push(...answer.edges.map(({ node }) => node))
      after = answer.pageInfo.hasNextPage ? answer.pageInfo.endCursor : null
    } while (after !== null)
    const cents = (of: typeof invoices) => of.reduce((sum, { total }) => sum + Number(total.replace('.', '')), 0)
    expect(invoices).toHaveLength(412)
    expect(cents(invoices)).toBe(232_860)
    expect(cents(invoices.filter(({ billingCountry }) => billingCountry === 'USA'))).toBe(52_306)
  })

  it('is nested both ways, in one statement', async () => {
    const query = `{ artists(first: 2) { edges { node { name albums { edges { node { title tracks(first: 1) { edges { node {
      name genre { name } album { artist { name } } } } } } } } } } } }`
    const statements = await world.statementsOf(async () => {
      const found = JSON.stringify(dataOf(await world.as('admin').query(query), z.unknown()))
      expect(found).toContain('"title":"For Those About To Rock We Salute You"')
      expect(found).toContain('"genre":{"name":"Rock"},"album":{"artist":{"name":"AC/DC"}}')
    })
    expect(statements).toHaveLength(1)
  })

  it('lists what a join table links, on both sides, in one statement', async () => {
    const query = `{ playlists(first: 2) { edges { node { tracks(first: 3) { totalCount edges { node {
      name playlists { totalCount } } } } } } } }`
    const tracks = z.object({
      totalCount: z.number(),
      edges: z.array(
        z.object({ node: z.object({ name: z.string(), playlists: z.object({ totalCount: z.number() }) }) }),
      ),
    })
    const statements = await world.statementsOf(async () => {
      const answer = await world.as('admin').query(query)
      const { playlists } = dataOf(answer, z.object({ playlists: edges(z.object({ tracks })) }))
      expect(playlists.edges.map(({ node }) => [node.tracks.totalCount, node.tracks.edges.length])).toEqual([
        [3290, 3],
        [0, 0],
      ])
      expect(playlists.edges[0]?.node.tracks.edges[0]?.node).toEqual({
        name: 'For Those About To Rock (We Salute You)',
        playlists: { totalCount: 3 },
      })
    })
    expect(statements).toHaveLength(1)
  })

  it('finds rows by their ids, by `node`, and by what they belong to', async () => {
    const thing = z.object({ id: z.string(), name: z.string() })
    const { artists } = dataOf(
      await world.as('admin').query('{ artists(first: 1) { edges { node { id name } } } }'),
      z.object({ artists: edges(thing) }),
    )
    const [first] = artists.edges
    const { id, name } = first?.node ?? { id: '', name: '' }
    const answer = await world
      .as('admin')
      .query(
        `query ($id: ID!) { artist(id: $id) { name } node(id: $id) { ... on Artist { name } } albums(filter: { artistId: $id }) { totalCount } }`,
        { id },
      )
    expect(answer.data).toEqual({ artist: { name }, node: { name }, albums: { totalCount: 2 } })
  })

  it('shows who reports to whom, both ways', async () => {
    const query =
      '{ employees(first: 2) { edges { node { title reportsTo { title } employees { edges { node { title } } } } } } }'
    const person = z.object({
      title: z.string(),
      reportsTo: z.object({ title: z.string() }).nullable(),
      employees: edges(z.object({ title: z.string() })),
    })
    const { employees } = dataOf(await world.as('admin').query(query), z.object({ employees: edges(person) }))
    expect(employees.edges.map(({ node }) => [node.title, node.reportsTo?.title, node.employees.edges.length])).toEqual(
      [
        ['General Manager', undefined, 2],
        ['Sales Manager', 'General Manager', 3],
      ],
    )
  })

  it('refuses strangers every list', async () => {
    const roots = Object.values(schema.getQueryType()?.getFields() ?? {}).map(({ name }) => name)
    const own = roots.filter((name) => !['node', 'nodes', 'viewer', 'changes'].includes(name))
    expect(own.length).toBeGreaterThan(22)
    for (const name of own.filter((name) => /s$/.test(name) && !/^(api|audit|bulk|webhook)/.test(name))) {
      const answer = await world.as('anonymous').query(`{ ${name} { totalCount } }`)
      expect([name, codesOf(answer)]).toEqual([name, ['UNAUTHENTICATED']])
    }
  })

  it('has personal data behind a tag', async () => {
    const files = await readFile(join(project.folder, 'src/music/customer.ts'), 'utf8')
    const tagged = [...files.matchAll(/t\.expose\w+\('(\w+)', \{\s*nullable: true,\s*sensitivity: 'personal'/g)].map(
      ([, name]) => name,
    )
    expect(tagged).toEqual(['firstName', 'lastName', 'address', 'postalCode', 'phone', 'fax', 'email'])
  })

  it('has examples that run as admin', async () => {
    const { domain } = await importFrom<typeof schemas>(project.folder, 'src/schema.ts')
    expect(domain.exampleOperations).toHaveLength(3)
    for (const { query } of domain.exampleOperations) {
      const answer = await world.as('admin').query(query)
      expect(answer.errors).toBeUndefined()
      expect(JSON.stringify(answer.data)).not.toContain('"edges":[]}}}}}')
    }
  })
})
