import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withDomain, withSchemas } from '../../../scripts/adopt/write-domain.ts'
import { adoptIn } from './support/adopted-project.ts'
import { type ForeignDatabase, foreignDatabase } from './support/foreign-database.ts'
import { smallRepository } from './support/small-repository.ts'

let chinook: ForeignDatabase
beforeAll(async () => {
  chinook = await foreignDatabase('chinook')
})
afterAll(() => chinook[Symbol.asyncDispose]())

describe('npm run adopt', () => {
  it('writes the domain, and changes the joint and the list of schemas', async () => {
    await using project = await smallRepository()
    const { code, stderr } = await adoptIn(project.folder, chinook.url, '--name', 'music', '--tables', 'artist,album')
    expect([code, stderr]).toEqual([0, ''])
    expect((await project.changes()).split('\n')).toEqual([
      ' M prisma/schema.prisma',
      ' M src/schema.ts',
      '?? prisma/music.catalogue.json',
      '?? prisma/music.prisma',
      '?? prisma/music.sql',
      '?? src/music/',
      '?? test/',
    ])
    const files = await readdir(join(project.folder, 'src/music'))
    expect(files).toEqual(expect.arrayContaining(['access.ts', 'album.ts', 'artist.ts', 'examples.ts', 'index.ts']))
    expect(await readFile(join(project.folder, 'prisma/schema.prisma'), 'utf8')).toContain(
      'schemas  = ["platform", "public"]',
    )
  }, 60_000)

  it('keeps a sorted catalogue with a line for each column, and nothing that changes by itself', async () => {
    await using project = await smallRepository()
    await adoptIn(project.folder, chinook.url, '--name', 'music', '--tables', 'artist,album')
    const text = await readFile(join(project.folder, 'prisma/music.catalogue.json'), 'utf8')
    expect(text.split('\n').slice(0, 12)).toEqual([
      '{',
      '  "asked": { "schemas": ["public"], "tables": ["artist","album"] },',
      '  "tables": [',
      '    {',
      '      "schema": "public",',
      '      "name": "album",',
      '      "model": "Album",',
      '      "one": "album",',
      '      "many": "albums",',
      '      "kind": "table",',
      '      "isReadable": true,',
      '      "key": ["album_id"],',
    ])
    expect(text).toContain(
      '{ "name": "title", "as": "title", "isRequired": true, "type": "character varying(160)", "base": "varchar", "baseSchema": "pg_catalog", "baseKind": "b", "isReadable": true }',
    )
    expect(text).toMatch(/"as": "artist", "backAs": "albums", "columns": \["artist_id"\]/)
    expect(text).not.toMatch(/oid|estimate|version|localhost|127\.0\.0\.1/i)
  })

  it('knows the line of each file that it changes, and refuses a file without it', () => {
    expect(withSchemas('  schemas = ["a"]\n', ['b', 'a'])).toBe('  schemas = ["a", "b"]\n')
    expect(() => withSchemas('', [])).toThrow('has no line')
    const joint = "import { books } from './books/index.ts'\nexport const domain = books\n"
    expect(withDomain(joint, 'early-music')).toBe(
      "import { earlyMusic } from './early-music/index.ts'\nexport const domain = earlyMusic\n",
    )
    expect(() => withDomain('', 'music')).toThrow('has no import of a domain')
  })

  it('needs a repository of git', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'frontdoor-adopt-test-'))
    const { code, stderr } = await adoptIn(folder, chinook.url, '--name', 'music')
    expect([code, stderr.trim(), await readdir(folder)]).toEqual([
      1,
      'The project is no git repository: git init, git add . and git commit first, so that what is written can be told from what was there.',
      [],
    ])
    await rm(folder, { recursive: true })
  })
})
