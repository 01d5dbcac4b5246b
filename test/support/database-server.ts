import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import pg from 'pg'
import type { ProvidedContext } from 'vitest'
import type { TestProject } from 'vitest/node'
import { z } from 'zod'
import { prismaFolder } from '../../src/app.ts'
import { openEmbeddedDatabase } from '../../src/platform/database/embedded.ts'
import { migrateDatabase } from '../../src/platform/database/migrate.ts'
import { Migrations } from '../../src/platform/database/migrations.ts'
import type { DatabaseUrls } from '../../src/platform/database/urls.ts'
import { withClient } from '../../src/platform/database/with-client.ts'
import { domain } from '../../src/schema.ts'
import { makeAdoptedTables } from './adopted-tables.ts'
import { fastFolder } from './fast-folder.ts'

/**
 * Databases that tests copy: `migrated` has what the migrations make, `empty` also the adopted tables and the rights of the
 * server role, `demo` also the rows of the demo.
 */
export type Template = 'migrated' | 'empty' | 'demo'

declare module 'vitest' {
  export interface ProvidedContext {
    server: {
      /** The URL as owner of the databases. */
      url: string
      templates: Record<Template, string>
      /** The role of the servers under test. */
      role: { name: string; password: string }
      /** Makes `create database` copy the template's files instead of logging its pages, where that is faster. */
      copyingFiles: string
    }
  }
}

/** Once for a run: a PostgreSQL, the embedded one or TEST_DATABASE_URL, prepared for tests. */
export default async function setup({ provide }: TestProject) {
  const external = process.env.TEST_DATABASE_URL
  const dataDir = external ? undefined : await fastFolder('frontdoor-test-')
  const embedded = dataDir ? await openEmbeddedDatabase({ dataDir, throwaway: true }) : undefined
  const { server, tidy } = await prepareServer(external ?? embedded?.ownerUrl ?? '')
  provide('server', server)

  return async () => {
    await tidy()
    await embedded?.stop()
    if (dataDir) await rm(dataDir, { recursive: true, force: true })
  }
}

/**
 * Makes the databases to clone, and a role for the servers under test with the rights of
 * the server role.
 */
export async function prepareServer(url: string) {
  const run = randomUUID().slice(0, 8)
  const templates = {
    migrated: `frontdoor_migrated_${run}`,
    empty: `frontdoor_empty_${run}`,
    demo: `frontdoor_demo_${run}`,
  }
  const role = { name: `frontdoor_server_${run}`, password: randomUUID() }

  await onServer(url, `create role ${role.name} login password '${role.password}'`)
  // The tests' role may be no superuser, and must end connections of the servers.
  await onServer(url, `grant ${role.name} to current_user`)
  await onServer(url, `create database ${templates.migrated}`)
  // Adopted tables come behind the migrations, which begin in a database that has no other tables, and before the grants.
  await new Migrations(databaseUrl(url, templates.migrated), prismaFolder, domain.name).apply()
  await onServer(url, `create database ${templates.empty} template ${templates.migrated}`)
  const empty = databaseUrl(url, templates.empty)
  await makeAdoptedTables(empty, prismaFolder)
  await migrateDatabase({ url: asRole(empty, role), ownerUrl: empty }, prismaFolder, domain)
  await onServer(url, `create database ${templates.demo} template ${templates.empty}`)
  await domain.demo?.data?.load(databaseUrl(url, templates.demo))
  const server: ProvidedContext['server'] = { url, templates, role, copyingFiles: await fileCopyStrategy(url) }
  return {
    server,
    tidy: async () => {
      for (const name of Object.values(templates)) await onServer(url, `drop database if exists ${name} with (force)`)
      await dropRole(url, role.name)
    },
  }
}

/** A database of its own, copied from the template. Returns its URLs for the owner and for the server under test. */
export async function cloneDatabase(
  { url, role, templates, copyingFiles }: ProvidedContext['server'],
  data: Template,
): Promise<DatabaseUrls & { name: string }> {
  const name = `frontdoor_test_${randomUUID().replaceAll('-', '')}`
  // Rights to the database as a whole are not copied with it.
  await onServer(
    url,
    `create database ${name} template ${templates[data]} ${copyingFiles}`,
    `revoke create, temporary on database ${name} from public`,
  )
  const ownerUrl = databaseUrl(url, name)
  return { name, ownerUrl, url: asRole(ownerUrl, role) }
}

/** Not where every file must reach the disk. PostgreSQL 14 has this strategy only, without a name for it. */
function fileCopyStrategy(url: string): Promise<string> {
  return withClient(url, async (client) => {
    const { rows } = await client.query(
      `select current_setting('fsync') = 'off' and current_setting('server_version_num')::int >= 150000 as "isFaster"`,
    )
    const [{ isFaster }] = z.tuple([z.object({ isFaster: z.boolean() })]).parse(rows)
    return isFaster ? 'strategy file_copy' : ''
  })
}

/** Drops databases that a test left behind too, because their grants would keep the role. */
async function dropRole(url: string, role: string): Promise<void> {
  await withClient(url, async (client) => {
    const { rows } = await client.query(
      `select distinct datname as "name" from pg_shdepend join pg_database on pg_database.oid = dbid
       where refclassid = 'pg_authid'::regclass and refobjid = $1::regrole`,
      [role],
    )
    for (const { name } of z.array(z.object({ name: z.string() })).parse(rows)) {
      await client.query(`drop database ${name} with (force)`)
    }
    await client.query(`drop role ${role}`)
  })
}

function asRole(databaseUrl: string, { name, password }: { name: string; password: string }): string {
  const url = new URL(databaseUrl)
  url.username = name
  url.password = password
  return url.href
}

export function databaseUrl(server: string, database: string): string {
  const url = new URL(server)
  url.pathname = `/${database}`
  return url.href
}

/** One connection to each server: a worker makes and drops hundreds of databases. */
const pools = new Map<string, pg.Pool>()

function poolOf(url: string): pg.Pool {
  const known = pools.get(url)
  if (known) return known
  const pool = new pg.Pool({ connectionString: url, max: 1, allowExitOnIdle: true })
  // A server that ends closes it; the next use makes another.
  pool.on('error', () => {})
  pools.set(url, pool)
  return pool
}

export async function onServer(url: string, ...statements: string[]): Promise<void> {
  const client = await poolOf(url).connect()
  try {
    // A person's session, for SQL that a person writes.
    await client.query('set search_path = public')
    for (const statement of statements) await client.query(statement)
  } finally {
    client.release()
  }
}
