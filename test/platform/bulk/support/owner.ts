import pg from 'pg'

/** Runs one statement as the owner of a database. */
export async function withOwner(url: string, statement: string): Promise<void> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
