import pg from 'pg'

/** One database, by the URLs of the two roles that use it. */
export interface DatabaseUrls {
  /** The server role's: it can do what mutations and reads need. */
  url: string
  /** The owner role's: it owns the tables, for migrations, seeding and grants. */
  ownerUrl: string
}

/** Host, port and database of a URL as the driver reads it, without user and password. */
export function placeOf(url: string): string {
  const { host, port, database } = new pg.Client({ connectionString: url })
  return `${database ?? ''} at ${host}${host.startsWith('/') ? '' : `:${port}`}`
}
