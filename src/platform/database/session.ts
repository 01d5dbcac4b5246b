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

interface ServerSession {
  /** The longest waits, in milliseconds. */
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
  { statementMs, lockMs, idleInTransactionMs, operatorSchemas }: ServerSession,
) {
  return sessionAt(url, {
    search_path: [everySession.search_path, ...operatorSchemas].join(', '),
    default_transaction_read_only: 'on',
    'frontdoor.tells': 'on',
    statement_timeout: String(statementMs),
    lock_timeout: String(lockMs),
    idle_in_transaction_session_timeout: String(idleInTransactionMs),
  })
}

/** How the driver opens a session. The settings are in its first message, so that they take no round trip. */
export function sessionAt(url: string, settings: Settings = {}): { connectionString: string; options: string } {
  const { connectionString, options } = apart(url)
  // The last one counts, and the driver prefers what the URL says.
  const ours = Object.entries({ ...everySession, ...settings }).map(([name, value]) => `-c ${name}=${escaped(value)}`)
  return { connectionString, options: [...options, ...ours].join(' ') }
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
