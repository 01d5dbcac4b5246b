import pg from 'pg'
import { type PooledSession, pooledClient } from './pooled-client.ts'
import { passageOf } from './pooler.ts'

type Settings = Readonly<Record<string, string>>

/**
 * The settings that answers depend on. Every session begins with them, and those of the database and the role do not count:
 * values have one form, and a name without a schema is PostgreSQL's own.
 */
const everySession = {
  search_path: 'pg_catalog',
  datestyle: 'ISO, MDY',
  intervalstyle: 'iso_8601',
  timezone: 'UTC',
  bytea_output: 'hex',
  extra_float_digits: '1',
  lc_monetary: 'C',
  xmloption: 'content',
  array_nulls: 'on',
  standard_conforming_strings: 'on',
  transform_null_equals: 'off',
  quote_all_identifiers: 'off',
  row_security: 'on',
  gin_fuzzy_search_limit: '0',
  default_transaction_isolation: 'read committed',
  default_transaction_read_only: 'off',
  default_transaction_deferrable: 'off',
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
} as const

/** For sessions that write. The role's own default does not count. */
export const writing = { default_transaction_read_only: 'off' } as const

/** Settings that count between transactions, and defaults that each transaction through a pooler names itself. */
const ofSessionsOnly = new Set([
  'default_transaction_isolation',
  'default_transaction_read_only',
  'default_transaction_deferrable',
  'idle_session_timeout',
])

interface ServerSession {
  /** The longest waits, in milliseconds. */
  connectMs: number
  statementMs: number
  lockMs: number
  idleInTransactionMs: number
  /** Schemas of operators that PostgreSQL has not, for the types of extensions: quoted. */
  operatorSchemas: readonly string[]
}

/**
 * A session that answers requests: outside of a transaction of a mutation nothing can be written, and the triggers that
 * capture plain SQL leave the server's writes alone, because mutations tell their own events.
 */
export function serverSessionAt(
  url: string,
  { connectMs, statementMs, lockMs, idleInTransactionMs, operatorSchemas }: ServerSession,
) {
  return sessionAt(
    url,
    {
      search_path: [everySession.search_path, ...operatorSchemas].join(', '),
      default_transaction_read_only: 'on',
      'frontdoor.tells': 'on',
      statement_timeout: String(statementMs),
      lock_timeout: String(lockMs),
      idle_in_transaction_session_timeout: String(idleInTransactionMs),
    },
    connectMs + statementMs,
  )
}

interface Session {
  Client: typeof pg.Client
  connectionString: string
  options?: string
}

/**
 * How the driver opens a session. The settings are in its first message, so that they take no round trip; through a pooler
 * each transaction begins with them. `boundMs` is the longest time for one statement through a pooler, with its wait there.
 */
export function sessionAt(url: string, settings: Settings = {}, boundMs?: number): Session {
  const { url: behind, pooler } = passageOf(url)
  const all = Object.entries({ ...everySession, ...settings })
  if (pooler) {
    const Client = pooledClient({
      settings: Object.fromEntries(all.filter(([name]) => !ofSessionsOnly.has(name))),
      access: accessOf(settings),
      keepsNames: pooler.keepsNames,
      boundMs,
    })
    return { Client, connectionString: behind }
  }
  const { connectionString, options } = apart(behind)
  // The last one counts, and the driver prefers what the URL says.
  const ours = all.map(([name, value]) => `-c ${name}=${escaped(value)}`)
  return { Client: pg.Client, connectionString, options: [...options, ...ours].join(' ') }
}

function accessOf({ default_transaction_read_only: isReadOnly }: Settings): PooledSession['access'] {
  if (isReadOnly === undefined) return undefined
  return isReadOnly === 'on' ? 'read only' : 'read write'
}

/** A client of the driver for a session. The caller connects and ends it. */
export function clientAt(url: string, config: pg.ClientConfig = {}, settings: Settings = {}): pg.Client {
  const { Client, ...session } = sessionAt(url, settings)
  return new Client({ ...session, ...config })
}

/** A URL without the options in it, and these. */
function apart(url: string): { connectionString: string; options: string[] } {
  const parsed = URL.parse(url)
  const options = parsed?.searchParams.get('options')
  if (!parsed || !options) return { connectionString: url, options: [] }
  parsed.searchParams.delete('options')
  return { connectionString: parsed.href, options: [options] }
}

/** PostgreSQL splits options at spaces without a backslash before them. */
function escaped(value: string): string {
  return value.replaceAll(/[\\ ]/g, String.raw`\$&`)
}
