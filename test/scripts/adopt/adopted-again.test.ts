import { execFile } from 'node:child_process'
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { generateClient } from '../../../scripts/generate-client.ts'
import { adoptIn, emptyProject, typeErrorsIn } from './support/adopted-project.ts'
import { type ForeignDatabase, foreignDatabase } from './support/foreign-database.ts'
import { commit, git, hashOf } from './support/small-repository.ts'

const root = join(import.meta.dirname, '../../..')

/** What the owner of the tables does after the domain was made. */
const moved = [
  `create table a_label (a_label_id integer primary key, title text not null, artist_id integer not null references artist)`,
  `comment on table a_label is 'Who sells records.'`,
  `alter type format add value 'cassette' before 'vinyl'`,
  'alter table album add released date',
  'alter table media_type drop column name',
  'alter table track alter bytes type bigint',
  'alter table track alter composer set not null',
  'alter table invoice alter billing_country drop not null',
  'drop index invoice_day',
  'create index track_milliseconds on track (milliseconds)',
  'alter table invoice drop constraint invoice_customer_id_fkey',
  'drop table playlist_track',
]

let chinook: ForeignDatabase
let project: Awaited<ReturnType<typeof adoptedRepository>>
/** A committed project with the domain, its contract, and the commands that make it. */
async function adoptedRepository(url: string, ...args: string[]) {
  const made = await emptyProject()
  const { folder } = made
  await cp(join(root, 'scripts'), join(folder, 'scripts'), { recursive: true })
  await writeFile(join(folder, '.gitignore'), 'src/generated/\n/*.patch\n')
  await writeFile(join(folder, 'schema.changes.md'), '| What | Why |\n| --- | --- |\n')
  await git(folder, 'init', '-q')
  await commit(folder)
  const { code, stderr } = await adoptIn(folder, url, '--name', 'music', ...args)
  expect([code, stderr]).toEqual([0, ''])
  await generateClient(folder)
  await makeContract(folder)
  await cp(join(folder, 'schema.graphql'), join(folder, 'schema.released.graphql'))
  await commit(folder)
  return made
}

const makeContract = (folder: string) =>
  promisify(execFile)(process.execPath, [join(folder, 'scripts/schema.ts')], { cwd: folder })

async function change(path: string, ...changes: [before: string | RegExp, after: string][]): Promise<void> {
  const file = join(project.folder, path)
  let text = await readFile(file, 'utf8')
  for (const [before, after] of changes) {
    expect(text).toMatch(before)
    text = text.replace(before, after)
  }
  await writeFile(file, text)
}

const textOf = (path: string) => readFile(join(project.folder, path), 'utf8')

/** A field has another name, a type another description, and the file of a noun is gone. */
async function changeByHand(): Promise<void> {
  await change('prisma/music.prisma', [
    /^ {2}title +String +@db\.VarChar\(160\)$/m,
    '  name String @map("title") @db.VarChar(160)',
  ])
  await change(
    'src/music/album.ts',
    ["title: t.exposeString('title', {", "name: t.exposeString('name', {"],
    [`description: 'An album (to be written).'`, `description: 'A record of an artist.'`],
  )
  await change('src/music/index.ts', ["import './playlist-track.ts'\n", ''])
  await rm(join(project.folder, 'src/music/playlist-track.ts'))
  // The named operations follow the schema.
  const operations = await readdir(join(project.folder, 'src/music/operations'))
  for (const file of operations) {
    const path = `src/music/operations/${file}`
    if (file.startsWith('playlist-track')) await rm(join(project.folder, path))
    else if (file.startsWith('album')) await change(path, [/^( +)title$/m, '$1name'])
  }
}

describe('npm run adopt, again', () => {
  beforeAll(async () => {
    chinook = await foreignDatabase(
      'chinook',
      `create type format as enum ('vinyl', 'compact disc')`,
      `alter table album add format format not null default 'vinyl'`,
      'create index invoice_day on invoice (invoice_date)',
      'alter table invoice alter billing_country set not null',
    )
    project = await adoptedRepository(chinook.url, '--schema', 'public')
    await changeByHand()
    await commit(project.folder)
  }, 240_000)
  afterAll(async () => {
    await project?.[Symbol.asyncDispose]()
    await chinook?.[Symbol.asyncDispose]()
  })

  it('says that nothing changed, and writes nothing', async () => {
    const before = await hashOf(project.folder)
    const outcome = await adoptIn(project.folder, chinook.url, '--name', 'music')
    expect(outcome).toEqual({ code: 0, stdout: 'Nothing changed in the tables of music.', stderr: '' })
    expect(await hashOf(project.folder)).toBe(before)
  })

  it('says what changed in the names of the business, and what breaks for clients, and writes only a patch', async () => {
    await chinook.run(...moved)
    const { code, stdout, stderr } = await adoptIn(project.folder, chinook.url, '--name', 'music')
    expect([code, stderr]).toEqual([0, ''])
    const [changes = '', ...others] = stdout.split('\n\n')
    expect(changes.split('\n')).toEqual([
      'The tables of music changed:',
      '  + Album.released: new, Date or null',
      '  + Artist.aLabels: new, a labels',
      '  - Customer.invoices: gone',
      '  ~ Invoice.billingCountry: String becomes String or null',
      '  - Invoice.customer: gone',
      '  - Invoice: sorted by INVOICE_DATE no longer, as no index serves it',
      '  + Invoice: sorted by CUSTOMER_ID',
      '  - Invoice: filtered by invoiceDate no longer, as no index serves it',
      '  - MediaType.name: gone',
      '  - Playlist.playlistTracks: gone',
      '  - Playlist.tracks: gone',
      '  - PlaylistTrack: gone, with playlist_track',
      '  ~ Track.composer: String or null becomes String',
      '  ~ Track.bytes: Int or null becomes BigInt or null',
      '  - Track.playlistTracks: gone',
      '  - Track.playlists: gone',
      '  + Track: sorted by MILLISECONDS',
      '  + Track: filtered by milliseconds',
      '  + ALabel: new, from a_label',
      '  + Format.CASSETTE: new',
    ])
    const breaks = others.find((part) => part.startsWith('It breaks clients of schema.released.graphql:'))
    for (const path of ['Track.bytes', 'MediaType.name', 'InvoiceSortField.INVOICE_DATE', 'Query.playlistTracks']) {
      expect(breaks).toContain(`\n  - ${path}: `)
    }
    expect(others.at(-1)).toBe(
      'Nothing is written yet but music.patch. Next: git apply --3way music.patch && npm run generate && npm run schema',
    )
    expect(await git(project.folder, 'status', '--porcelain')).toBe('')
    expect(await readdir(project.folder)).not.toContain('.adopting')
  }, 240_000)

  it('prints the patch alone', async () => {
    const { stdout } = await adoptIn(project.folder, chinook.url, '--name', 'music', '--patch')
    expect(`${stdout}\n`).toBe(await textOf('music.patch'))
  }, 120_000)

  it('keeps in the patched sources what people wrote, and knows its tables afterwards', async () => {
    await git(project.folder, 'apply', '--3way', 'music.patch')
    const model = await textOf('prisma/music.prisma')
    expect(model).toMatch(/^ {2}name +String +@map\("title"\) +@db\.VarChar\(160\)$/m)
    expect(model).toMatch(/^ {2}released +DateTime\? +@db\.Date$/m)
    const album = await textOf('src/music/album.ts')
    expect(album).toContain("name: t.exposeString('name', {")
    expect(album).toContain(`description: 'A record of an artist.'`)
    expect(album).toContain('released: t.field({')
    expect(await textOf('src/music/a-label.ts')).toContain(`description: 'Who sells records.'`)
    await generateClient(project.folder)
    expect(await typeErrorsIn(project.folder)).toBe('')
    await makeContract(project.folder)
    await commit(project.folder)
    const { stdout } = await adoptIn(project.folder, chinook.url, '--name', 'music')
    expect(stdout).toBe('Nothing changed in the tables of music.')
  }, 240_000)

  it('names the files in which people and tables changed the same', async () => {
    await change('src/music/album.ts', ['released: t.field({', 'day: t.field({'])
    await commit(project.folder)
    await chinook.run('alter table album rename released to released_on')
    const { stdout } = await adoptIn(project.folder, chinook.url, '--name', 'music')
    expect(stdout.split('\n\n').slice(0, 2)).toEqual([
      'The tables of music changed:\n  - Album.released: gone\n  + Album.releasedOn: new, Date or null',
      'The patch conflicts with your changes in these files, which git apply --3way marks:\n  - src/music/album.ts\nWhat breaks for clients is said by npm run schema && npm run schema:diff, when the conflicts are resolved.',
    ])
    expect(await git(project.folder, 'status', '--porcelain')).toBe('')
  }, 240_000)
})

describe('npm run adopt, again, after a table and a column have other names', () => {
  it('asks whether it is the same table, and keeps every name once the models say so', async () => {
    await using source = await foreignDatabase('chinook')
    await using renamed = await adoptedRepository(source.url, '--tables', 'artist,album', '--writes', 'album')
    const { folder } = renamed
    const contract = await readFile(join(folder, 'schema.graphql'), 'utf8')
    await source.run('alter table album rename to record', 'alter table record rename artist_id to singer')
    const asking = await adoptIn(folder, source.url, '--name', 'music', '--tables', 'artist,record')
    expect(asking.stdout.split('\n').filter((line) => line.includes('Album: gone'))).toEqual([
      '  - Album: gone, with album',
    ])
    await source.run('alter table record rename singer to artist_id')
    const again = await adoptIn(folder, source.url, '--name', 'music', '--tables', 'artist,record')
    expect(again.stdout).toContain(
      '\n  - Album: gone, with album; if it is record now, say so in its model with @@map("record"), commit, and run this again\n',
    )

    await source.run('alter table record rename artist_id to singer', 'alter table record add released date')
    const models = await readFile(join(folder, 'prisma/music.prisma'), 'utf8')
    await writeFile(
      join(folder, 'prisma/music.prisma'),
      models.replace('@@map("album")', '@@map("record")').replace('@map("artist_id")\n', '@map("singer")\n'),
    )
    await rm(join(folder, 'music.patch'))
    await commit(folder)
    const { code, stdout, stderr } = await adoptIn(folder, source.url, '--name', 'music')
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^The tables of music changed:\n {2}\+ Album\.released: new, Date or null\n\n/)
    await git(folder, 'apply', '--3way', 'music.patch')
    await generateClient(folder)
    expect(await typeErrorsIn(folder)).toBe('')
    await makeContract(folder)
    await commit(folder)
    const after = await readFile(join(folder, 'schema.graphql'), 'utf8')
    expect(after.replace(/^.*\breleased: .*\n/gm, '')).not.toBe(after)
    for (const line of contract.split('\n')) expect(after).toContain(line)
    const last = await adoptIn(folder, source.url, '--name', 'music')
    expect(last.stdout).toBe('Nothing changed in the tables of music.')
  }, 600_000)
})

describe('npm run adopt, again, of a domain with mutations', () => {
  it('keeps them unsaid, and adds those of another table', async () => {
    await using source = await foreignDatabase('chinook')
    await using written = await adoptedRepository(source.url, '--tables', 'artist,album', '--writes', 'artist')
    const { folder } = written
    const patchedBy = async (...args: string[]) => {
      const { code, stdout, stderr } = await adoptIn(folder, source.url, '--name', 'music', ...args)
      expect([code, stderr]).toEqual([0, ''])
      expect(stdout).not.toContain('The patch conflicts')
      expect(stdout).not.toContain('Mutation.artist')
      await git(folder, 'apply', '--3way', 'music.patch')
      await commit(folder)
    }
    await source.run('alter table artist add country text')
    await patchedBy()
    expect(await readFile(join(folder, 'prisma/music.catalogue.json'), 'utf8')).toContain('"writes": ["artist"]')
    await patchedBy('--writes', 'artist,album')
    await generateClient(folder)
    expect(await typeErrorsIn(folder)).toBe('')
    await makeContract(folder)
    await commit(folder)
    const contract = await readFile(join(folder, 'schema.graphql'), 'utf8')
    expect(contract.match(/\b(?:artist|album)(?:Create|Update|Delete)(?=\()/g)).toEqual([
      'albumCreate',
      'albumDelete',
      'albumUpdate',
      'artistCreate',
      'artistDelete',
      'artistUpdate',
    ])
    expect(/^input ArtistCreateInput \{[^}]*^\}/m.exec(contract)?.[0]).toContain('country: String')
    const { stdout } = await adoptIn(folder, source.url, '--name', 'music')
    expect(stdout).toBe('Nothing changed in the tables of music.')
  }, 900_000)
})
