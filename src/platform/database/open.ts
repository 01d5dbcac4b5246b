import pg from 'pg'
import type { Config } from '../config/config.ts'
import { openEmbeddedDatabase } from './embedded.ts'

/** One database, as the two roles that use it. */
export interface DatabaseUrls {
  /** What the server connects with: a role that can do what its mutations and reads need. */
  url: string
  /** What migrations, seeding and grants connect with: the role that owns the tables. */
  ownerUrl: string
}

export interface OpenDatabase extends DatabaseUrls {
  embedded: boolean
  stop(): Promise<void>
}

/** Where a URL leads, as the driver reads it, without who logs in and how. */
export function placeOf(url: string): string {
  const { host, port, database } = new pg.Client({ connectionString: url })
  return `${database ?? ''} at ${host}${host.startsWith('/') ? '' : `:${port}`}`
}

/** Where the database is: the one that is configured, or the embedded one, started if need be. */
export async function openDatabase(
  config: Pick<Config, 'database' | 'dataDir'>,
  options: { exclusive?: boolean; onProgress?: (message: string) => void } = {},
): Promise<OpenDatabase> {
  const { url, ownerUrl = url } = config.database
  if (url && ownerUrl) return { url, ownerUrl, embedded: false, stop: async () => {} }
  const embedded = await openEmbeddedDatabase({ dataDir: config.dataDir, ...options })
  return { ...embedded, embedded: true }
}
