import { randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { z } from 'zod'
import { Migrations } from '../../../src/platform/database/migrations.ts'
import { databaseUrl, onServer } from '../../support/database-server.ts'

const ours = join(import.meta.dirname, '../../../prisma')
/** Of the platform, and of the shop. Some names are in both. */
const existing = [
  ...new Set(['platform', 'commerce'].flatMap((owner) => readdirSync(join(ours, 'migrations', owner)))),
].sort()
const second = '29990101000000_notes'

let server: string
let folder: string
beforeAll(async () => {
  server = inject('server').url
  folder = await mkdtemp(join(tmpdir(), 'frontdoor-migrations-'))
  for (const name of ['schema.prisma', 'platform.prisma', 'commerce.prisma', 'migrations']) {
    await cp(join(ours, name), join(folder, name), { recursive: true })
  }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

let database: string
let url: string
/** Scratch databases of an older run that was killed. */
let before: string[]
beforeEach(async () => {
  before = await databases()
})
afterEach(() => onServer(server, `drop database if exists ${database} with (force)`))

async function makeDatabase(template: string): Promise<void> {
  database = `frontdoor_migrations_${randomUUID().replaceAll('-', '')}`
  url = databaseUrl(server, database)
  await onServer(server, `create database ${database} template ${template}`)
}

/** The first column of every row. */
async function column(at: string, sql: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: at })
  await client.connect()
  try {
    const { rows } = await client.query({ text: sql, rowMode: 'array' })
    return z
      .array(z.tuple([z.string()]))
      .parse(rows)
      .map(([value]) => value)
  } finally {
    await client.end()
  }
}

const applied = () => column(url, 'select migration_name from _prisma_migrations order by started_at')
const tables = () =>
  column(
    url,
    "select table_schema || '.' || table_name from information_schema.tables where table_schema in ('commerce', 'platform')",
  )
const databases = () => column(server, "select datname from pg_database where datname like 'frontdoor_scratch_%'")

async function addMigration(name: string, sql: string): Promise<AsyncDisposable> {
  const path = join(folder, 'migrations/commerce', name)
  await mkdir(path)
  await writeFile(join(path, 'migration.sql'), sql)
  return { [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}

describe('migrations', () => {
  beforeEach(() => makeDatabase('template1'))

  it('are all pending on a new database, and are applied once', async () => {
    const migrations = new Migrations(url, ours, 'commerce')
    expect(await migrations.pending()).toEqual(existing)
    expect(await tables()).toEqual([])

    expect(await migrations.apply()).toEqual(existing)
    expect(await migrations.pending()).toEqual([])
    expect(await tables()).toContain('commerce.so_header')
    expect(await applied()).toEqual(existing)

    expect(await migrations.apply()).toEqual([])
    expect(await applied()).toEqual(existing)
  })

  it('are applied once by two servers that start at the same time', async () => {
    const both = await Promise.all([
      new Migrations(url, ours, 'commerce').apply(),
      new Migrations(url, ours, 'commerce').apply(),
    ])
    expect(both.flat()).toEqual(existing)
    expect(await applied()).toEqual(existing)
  })

  it('of the platform alone make its own tables, and agree with its own models', async () => {
    const platform = new Migrations(url, ours)
    await platform.apply()
    const schemas = new Set((await tables()).map((name) => name.split('.')[0]))
    expect([...schemas]).toEqual(['platform'])
    expect(await applied()).toEqual(readdirSync(join(ours, 'migrations/platform')).sort())
    expect(await platform.difference()).toBeUndefined()
  })

  it('agree with the models', async () => {
    expect(await new Migrations(url, ours, 'commerce').difference()).toBeUndefined()
    expect(await tables(), 'the database itself is not touched').toEqual([])
    expect(await databases()).toEqual(before)
  })

  it('that lack a column of the models differ from them by its SQL, which fixes them', async () => {
    const models = join(folder, 'platform.prisma')
    const text = await readFile(models, 'utf8')
    await writeFile(models, text.replace('  loadedAt ', '  note String? @map("note_txt")\n  loadedAt '))
    try {
      const sql = (await new Migrations(url, folder, 'commerce').difference()) ?? ''
      expect(sql).toMatch(/ALTER TABLE "platform"\."pf_dataset" ADD COLUMN\s+"note_txt" TEXT;/)
      expect(sql).not.toMatch(/drop|commerce/i)
      expect(await databases()).toEqual(before)
      await using _second = await addMigration(second, sql)
      expect(await new Migrations(url, folder, 'commerce').difference()).toBeUndefined()
    } finally {
      await writeFile(models, text)
    }
  })

  it('leave no scratch database behind for invalid models', async () => {
    const broken = await mkdtemp(join(tmpdir(), 'frontdoor-migrations-broken-'))
    for (const name of ['schema', 'commerce']) await cp(join(ours, `${name}.prisma`), join(broken, `${name}.prisma`))
    await writeFile(join(broken, 'platform.prisma'), 'model {')
    try {
      await expect(new Migrations(url, broken, 'commerce').difference()).rejects.toThrow('platform.prisma')
      expect(await databases()).toEqual(before)
    } finally {
      await rm(broken, { recursive: true })
    }
  })
})

/** As they were in one folder, before the platform and the shop had folders of their own. */
const inOneFolder = [
  '20261122000000_door_opens',
  '20261122010000_order_to_cash',
  '20261122020000_api_keys',
  '20261122030000_audit',
  '20261122040000_notify_writes',
  '20261125180000_field_use',
  '20261127200000_event_feed',
  '20261127200100_capture',
  '20261128092000_outbox_partition_locks',
  '20261129000000_cheaper_uuid_v7',
  '20261129010000_feed_consumers',
  '20261129012123_capture',
  '20261129020000_feed_advance_plan',
  '20261129024900_jobs',
  '20261129025059_webhooks',
  '20261129081500_feed_advance_without_join',
  '20261129100000_positions_in_runs',
  '20261129110000_bulk_exports',
  '20261129110000_bulk_imports',
  '20261129120000_stock_changes_in_place',
  '20261129130000_bulk_exports_cancelled',
]

describe('migrations of a database that is up to date', () => {
  beforeEach(() => makeDatabase(inject('server').templates.empty))

  it('that were applied from one folder are not applied again', async () => {
    const later = existing.filter((name) => !inOneFolder.includes(name))
    await onServer(
      url,
      'delete from _prisma_migrations',
      ...[...inOneFolder, ...later].map(
        (name) => `insert into _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
          values (gen_random_uuid()::text, repeat('0', 64), '${name}', now(), 1)`,
      ),
    )
    const migrations = new Migrations(url, ours, 'commerce')
    expect(await migrations.pending()).toEqual([])
    expect(existing).toEqual(expect.arrayContaining(inOneFolder))
    expect(await migrations.apply()).toEqual([])
  })

  it('that are added later are applied', async () => {
    await using _second = await addMigration(second, 'create table commerce.note (id int primary key);')
    const migrations = new Migrations(url, folder, 'commerce')
    expect(await migrations.pending()).toEqual([second])
    expect(await migrations.apply()).toEqual([second])
    expect(await applied()).toEqual([...existing, second])
    expect(await tables()).toContain('commerce.note')
  })

  it('that fail are reported, stay pending, and stop later ones', async () => {
    await using _second = await addMigration(
      second,
      'create table commerce.note (id int);\nselect nothing_of_this_name;',
    )
    await using _third = await addMigration('29990102000000_after', 'create table commerce.after (id int);')
    const migrations = new Migrations(url, folder, 'commerce')
    await expect(migrations.apply()).rejects.toThrow(/nothing_of_this_name[\s\S]*29990101000000_notes/)
    expect(await migrations.pending()).toEqual([second, '29990102000000_after'])
    await expect(migrations.apply()).rejects.toThrow('29990101000000_notes')
    expect(await tables()).not.toContain('commerce.after')
  })
})
