import { afterAll, beforeAll, expect, it } from 'vitest'
import { readCatalogue } from '../../../scripts/adopt/catalogue.ts'
import { readStructure } from '../../../scripts/adopt/structure.ts'
import { type ForeignDatabase, foreignDatabase } from './support/foreign-database.ts'

const wanted = { schemas: ['public', 'sales'] }
const stored = {
  hostile: `create function plus_one(n integer) returns integer language sql immutable as 'select n + 1';
    create table with_function (id integer primary key default plus_one(1), n integer check (plus_one(n) > 1));
    create index with_function_ix on with_function (plus_one(n));
    create view of_hidden as select id, words from hidden.secret;
    create table parts (id integer, name text, primary key (id)) partition by hash (id)`,
}

let databases: ForeignDatabase[]
beforeAll(async () => {
  databases = await Promise.all([
    foreignDatabase('hostile', stored.hostile),
    foreignDatabase('library'),
    foreignDatabase('chinook'),
  ])
}, 120_000)
afterAll(() => Promise.all((databases ?? []).map((database) => database[Symbol.asyncDispose]())))

const structureOf = (database: ForeignDatabase) =>
  database.with(async (client) => readStructure(client, (await readCatalogue(client, wanted)).tables))

it('is what makes the same tables in an empty database', async () => {
  for (const database of databases) {
    const text = await structureOf(database)
    await using copy = await foreignDatabase(undefined, text)
    expect(await structureOf(copy)).toBe(text)
  }
}, 120_000)
