import type pg from 'pg'
import { withClient } from '../src/platform/database/with-client.ts'

/** Runs a function with a connection that loads data. Loaded data is there from the start: it makes no events. */
export function withLoadClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  return withClient(url, async (client) => {
    await client.query('set frontdoor.tells = on')
    return use(client)
  })
}
