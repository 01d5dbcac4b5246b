import pg from 'pg'
import { grantPrivileges } from './grant-privileges.ts'
import { Migrations } from './migrations.ts'
import type { DomainPrivileges } from './privileges.ts'
import type { DatabaseUrls } from './urls.ts'

/**
 * Brings a database up to date, as its owner: applies missing migrations, and gives the server's role its rights,
 * since new tables come without any. Where the server connects as the owner there is nothing to give. Returns the
 * names of the migrations it applied.
 */
export async function migrateDatabase(
  database: DatabaseUrls,
  prismaFolder: string,
  privileges: DomainPrivileges,
): Promise<string[]> {
  const applied = await new Migrations(database.ownerUrl, prismaFolder).apply()
  const role = serverRole(database)
  if (role !== undefined) await grantPrivileges(database.ownerUrl, role, privileges)
  return applied
}

/** The role of the server, where it is one of its own. */
function serverRole({ url, ownerUrl }: DatabaseUrls): string | undefined {
  const role = userOf(url)
  return role === userOf(ownerUrl) ? undefined : role
}

/** As the driver reads it: a URL may leave the user out, or name it behind the question mark. */
function userOf(url: string): string | undefined {
  return new pg.Client({ connectionString: url }).user
}
