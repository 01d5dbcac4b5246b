import pg from 'pg'

/** How long a connection is waited for, in milliseconds. */
const connectBoundMs = 10_000

/** A connection of its own, closed at the end. */
export async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: connectBoundMs })
  // A server that goes away is reported by the query in hand or the next one; without this it would end the process.
  client.on('error', () => {})
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}
