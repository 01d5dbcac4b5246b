import pg from 'pg'

/** One database, as the two roles that use it. */
export interface DatabaseUrls {
  /** What the server connects with: a role that can do what its mutations and reads need. */
  url: string
  /** What migrations, seeding and grants connect with: the role that owns the tables. */
  ownerUrl: string
}

/** Where a URL leads, as the driver reads it, without who logs in and how. */
export function placeOf(url: string): string {
  const { host, port, database } = new pg.Client({ connectionString: url })
  return `${database ?? ''} at ${host}${host.startsWith('/') ? '' : `:${port}`}`
}
