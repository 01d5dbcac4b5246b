import pg from 'pg'
import { z } from 'zod'

/** What PostgreSQL gave a connection, so that another one can cancel its statement. */
const cancelKey = z.object({ processID: z.number(), secretKey: z.number() })
/** A server that does not take the request is not waited for. */
const longestMs = 1000

/** Parts of the driver that its types lack. */
interface Connection extends pg.Connection {
  connect(port: number | string, host?: string): void
  cancel(processId: number, secretKey: number): void
}

/**
 * Asks PostgreSQL to cancel the statement that runs on this connection, as in
 * https://www.postgresql.org/docs/current/protocol-flow.html (Canceling Requests in Progress). Resolves when the server has
 * taken the request, or cannot take it. Then the statement may have been over before.
 */
export function requestCancel(client: pg.ClientBase & Pick<pg.Client, 'host' | 'port' | 'ssl'>): Promise<void> {
  const key = cancelKey.safeParse(client)
  if (!key.success) return Promise.resolve()
  const { processID, secretKey } = key.data
  const { host, port, ssl } = client
  const connection = new pg.Connection({ ssl }) as Connection
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      connection.stream.destroy()
      resolve()
    }
    const timer = setTimeout(done, longestMs)
    connection.once('end', done)
    connection.once('error', done)
    connection.once(ssl ? 'sslconnect' : 'connect', () => connection.cancel(processID, secretKey))
    if (host.startsWith('/')) connection.connect(`${host}/.s.PGSQL.${port}`)
    else connection.connect(port, host)
  })
}
