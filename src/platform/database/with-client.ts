import type pg from 'pg'
import { clientAt } from './session.ts'

/** How long to wait for the connection, in milliseconds. */
const connectBoundMs = 10_000

/** Runs a function with a connection of its own, and closes it. */
export async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = clientAt(url, { connectionTimeoutMillis: connectBoundMs })
  // The statement in hand, or the next one, reports a lost server. Without a listener the error would end the process.
  client.on('error', () => {})
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}
