import pg from 'pg'
import { ConfigError } from '../config/config.ts'
import { isPooled } from './find-pooler.ts'
import { grantPrivileges } from './grant-privileges.ts'
import { Migrations } from './migrations.ts'
import type { DomainPrivileges } from './privileges.ts'
import type { DatabaseUrls } from './urls.ts'

const needsSession =
  'migrations need a session of PostgreSQL itself, and the URL of the owner role leads through a pooler: set ' +
  'MIGRATE_DATABASE_URL, or DATABASE_DIRECT_URL where the server connects as the owner'

/**
 * Updates a database as its owner: applies missing migrations and grants the server role its rights, which new tables
 * lack. There is nothing to grant where the server connects as the owner. Returns the names of the applied migrations.
 */
export async function migrateDatabase(
  database: DatabaseUrls,
  prismaFolder: string,
  { name, privileges }: { name: string; privileges: DomainPrivileges },
): Promise<string[]> {
  if (await isPooled(database.ownerUrl)) throw new ConfigError(needsSession)
  const applied = await new Migrations(database.ownerUrl, prismaFolder, name).apply()
  const role = serverRole(database)
  if (role !== undefined) await grantPrivileges(database.ownerUrl, role, privileges)
  return applied
}

/** The server role; undefined where the server connects as the owner. */
function serverRole({ url, ownerUrl }: DatabaseUrls): string | undefined {
  const role = userOf(url)
  return role === userOf(ownerUrl) ? undefined : role
}

/** The user as the driver reads it: a URL may omit the user, or name it in the query string. */
function userOf(url: string): string | undefined {
  return new pg.Client({ connectionString: url }).user
}
