import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readCatalogue } from '../../../scripts/adopt/catalogue.ts'
import { compareTables, type ServedTable, saidDifferences } from '../../../scripts/adopt/compare-tables.ts'
import { indexesIn } from '../../../scripts/adopt/served-tables.ts'
import { type ForeignDatabase, foreignDatabase } from './support/foreign-database.ts'

const field = (name: string, column: string, type = 'Int', isRequired = true) => ({
  name,
  column,
  type,
  isRequired,
  isList: false,
})
const served: ServedTable[] = [
  {
    model: 'Artist',
    schema: 'public',
    table: 'artist',
    fields: [field('id', 'artist_id'), field('name', 'name', 'String', false)],
    key: ['artist_id'],
    indexes: [],
  },
  {
    model: 'Album',
    schema: 'public',
    table: 'album',
    fields: [field('id', 'album_id'), field('title', 'title', 'String'), field('artistId', 'artist_id')],
    key: ['album_id'],
    indexes: [['artist_id']],
  },
]

let chinook: ForeignDatabase
beforeAll(async () => {
  chinook = await foreignDatabase('chinook')
})
afterAll(() => chinook?.[Symbol.asyncDispose]())

const compare = (models = served) =>
  chinook.with(async (client) => {
    const { unserved, ...rest } = compareTables(models, await readCatalogue(client, { schemas: ['public'] }))
    return { ...rest, unserved: unserved.filter((each) => !each.startsWith('the table public.')) }
  })
/** What the comparison says after the owner's statement, which is undone. */
async function onceChanged(statement: string, undo: string) {
  await chinook.run(statement)
  try {
    return await compare()
  } finally {
    await chinook.run(undo)
  }
}

describe('models and the tables of another system', () => {
  it('differ in nothing at first, but in tables that are not served', async () => {
    expect(await compare()).toEqual({ breaks: [], slow: [], unserved: [] })
    const { unserved } = await chinook.with(async (client) =>
      compareTables(served, await readCatalogue(client, { schemas: ['public'] })),
    )
    expect(unserved).toHaveLength(9)
    expect(unserved).toContain('the table public.track')
  })

  it.each([
    [
      'a table is renamed',
      'alter table artist rename to performer',
      'alter table performer rename to artist',
      'Artist: there is no public.artist; perhaps it is public.performer now',
    ],
    [
      'a column is renamed',
      'alter table album rename title to "Name"',
      'alter table album rename "Name" to title',
      'Album.title: there is no column title; perhaps it is Name now',
    ],
    [
      'a type is another',
      'alter table album alter title type bytea using title::bytea',
      `alter table album alter title type varchar(160) using convert_from(title, 'utf8')`,
      'Album.title: the column title is bytea now, not String',
    ],
    [
      'an Int becomes a bigint',
      'alter table album alter artist_id type bigint',
      'alter table album alter artist_id type integer',
      'Album.artistId: the column artist_id is bigint now, not Int; with /// @column bigint before it, it stays an Int',
    ],
    [
      'a column can be null',
      'alter table album alter title drop not null',
      'alter table album alter title set not null',
      'Album.title: the column title can be null now, and the model says that it is not',
    ],
    [
      'a key is gone',
      'alter table album drop constraint album_pkey cascade',
      'alter table album add constraint album_pkey primary key (album_id)',
      'Album: nothing keeps album_id unique any more, which identifies its rows',
    ],
  ])('break where %s', async (_name, statement, undo, said) => {
    expect((await onceChanged(statement, undo)).breaks).toEqual([said])
  })

  it('do not break where the model says that the column of an Int is a bigint', async () => {
    const album = served.find(({ model }) => model === 'Album')
    const fields = album?.fields.map((each) => (each.name === 'artistId' ? { ...each, type: 'BigInt' } : each)) ?? []
    const models = served.map((model) => (model === album ? { ...model, fields } : model))
    expect((await compare(models)).breaks).toEqual(['Album.artistId: the column artist_id is integer now, not BigInt'])
    await chinook.run('alter table album alter artist_id type bigint')
    expect((await compare(models)).breaks).toEqual([])
    await chinook.run('alter table album alter artist_id type integer')
  })

  it('do not break where a text is widened, a column is added, or an index is gone', async () => {
    const { breaks, slow, unserved } = await onceChanged(
      `alter table album alter title type text; alter table album add year integer;
       drop index if exists album_artist_id_idx; drop index if exists "ifk_albumartistid"`,
      'alter table album drop year; create index album_artist_id_idx on album (artist_id)',
    )
    expect(breaks).toEqual([])
    expect(slow).toEqual(['Album: by artistId'])
    expect(unserved).toEqual(['the column year of Album, which is integer'])
    expect(saidDifferences({ breaks, slow, unserved })).toContain('Without an index now')
  })
})

describe('the indexes of models', () => {
  it('are read from their file', () => {
    const text = `// external
model Album {
  id   Int    @id
  code String @unique @map("cd")

  @@index([artistId, title(sort: Desc, ops: raw("a, b"))], map: "x")
  @@unique([a, b])
}
`
    expect(indexesIn([text]).get('Album')).toEqual([['artistId', 'title'], ['a', 'b'], ['code']])
  })
})
