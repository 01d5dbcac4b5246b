import pg from 'pg'

/** What holds in every transaction of a connection through a pooler. */
export interface PooledSession {
  settings: Readonly<Record<string, string>>
  /** What a statement outside of a transaction may do; undefined for what the session says, as on a replica. */
  access: 'read only' | 'read write' | undefined
  /** Whether the pooler keeps named statements for its clients, as PgBouncer does with `max_prepared_statements`. */
  keepsNames: boolean
  /** The longest time for one statement with its wait for a session, in milliseconds. */
  boundMs: number | undefined
}

/** What the driver takes as a statement, beside a text. */
interface Statement extends pg.QueryConfig {
  queryMode?: 'extended'
  query_timeout?: number | undefined
}

type Callback = (error: unknown, result?: unknown) => void
/** The driver's method has more forms than can be called with a statement of any form. */
type Query = (statement: string | Statement | pg.Submittable, values?: unknown, callback?: Callback) => unknown

const beginning = /^\s*(?:begin|start\s+transaction)\b[^;]*/i
const ending = /(?:^|;)\s*(?:commit|rollback|end|abort)(?:\s+(?:work|transaction))?\s*;?\s*$/i
const settingsName = 'settings'

/**
 * The driver's client for a pooler that gives each transaction another session, which other programs have used before.
 * Nothing of a session counts: every transaction begins with the settings, in the packet of its first statement. They end
 * with it, so the next user of the session does not find them.
 */
export function pooledClient(session: PooledSession): typeof pg.Client {
  return class extends pg.Client {
    constructor(config?: pg.ClientConfig) {
      // The settings and their statement are sent together.
      super({ ...config, pipeline: true })
      const send = this.query.bind(this) as Query
      const query = withSettings(session.keepsNames ? renewing(send, this.connection) : send, session)
      Object.defineProperty(this, 'query', { value: query })
    }
  }
}

function withSettings(send: Query, { settings, access, keepsNames, boundMs }: PooledSession): Query {
  const set = setting(settings)
  const setForRead = setting({ ...settings, transaction_read_only: 'on' })
  const begun = (text: string) => text.replace(beginning, (begin) => `${withModes(begin, access)}; ${set}`)
  const bounded = (text: string): Statement => ({ text, query_timeout: boundMs })
  let isOpen = false
  let isPrepared = false

  /** In one implicit transaction with the settings: the database sees no statement more. */
  const read = (statement: Statement) =>
    new Promise((resolve, reject) => {
      const name = keepsNames ? settingsName : ''
      const first = { name, text: setForRead, isPrepared: keepsNames && isPrepared }
      isPrepared = true
      send(new ReadBehindSettings(statement, first, (error, result) => (error ? reject(error) : resolve(result))))
    })

  const inTransaction = async (statement: Statement) => {
    const [, result] = await Promise.all([send(bounded(begun('begin'))), send(statement), send('commit')])
    return result
  }

  const run = (given: string | Statement, values: unknown): unknown => {
    const statement: Statement = typeof given === 'string' ? { text: given } : given
    const { text } = statement
    if (beginning.test(text)) {
      isOpen = !ending.test(text)
      return send(bounded(begun(text)))
    }
    const named = keepsNames ? statement : { ...statement, name: undefined }
    if (isOpen) {
      isOpen = !ending.test(text)
      return send(named, values)
    }
    const alone: Statement = { ...named, values: (values as unknown[]) ?? named.values, query_timeout: boundMs }
    return access === 'read only' ? read(alone) : inTransaction(alone)
  }

  return (statement, values, callback) => {
    if (typeof statement !== 'string' && 'submit' in statement) {
      if (!isOpen) throw new Error('through a pooler such a statement needs a transaction')
      return send(keepsNames ? statement : Object.assign(statement, { name: undefined }))
    }
    const done = typeof values === 'function' ? (values as Callback) : callback
    const result = run(statement, typeof values === 'function' ? undefined : values) as Promise<unknown>
    if (!done) return result
    result.then((rows) => done(null, rows), done)
  }
}

/**
 * After a failed statement its name is free for PostgreSQL and for the driver, which prepares it again. PgBouncer has it in
 * use, and would close the connection: so the name is given back first.
 */
function renewing(send: Query, connection: pg.Connection): Query {
  const failed = new Set<string>()
  return (statement, values, callback) => {
    const name = typeof statement === 'object' && 'name' in statement ? statement.name : undefined
    if (typeof name !== 'string' || name === '') return send(statement, values, callback)
    if (failed.delete(name)) {
      connection.close({ type: 'S', name }, true)
      Reflect.deleteProperty(Reflect.get(connection, 'parsedStatements'), name)
    }
    const result = send(statement, values, callback)
    if (result instanceof Promise) result.catch(() => failed.add(name))
    return result
  }
}

/** Makes the settings for one transaction, and returns no row. */
function setting(settings: PooledSession['settings']): string {
  const set = Object.entries(settings).map(([name, value]) => `set_config('${name}', ${literal(value)}, true) is null`)
  return `select where ${set.join(' or ')}`
}

function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}

/** What a transaction does not say of itself follows from no setting of the session. */
function withModes(begin: string, access: PooledSession['access']): string {
  const isolation = /isolation/i.test(begin) ? '' : ' isolation level read committed'
  const mode = access === undefined || /read\s+(?:only|write)/i.test(begin) ? '' : ` ${access}`
  return `${begin.trimEnd()}${isolation}${mode} not deferrable`
}

interface SettingsStatement {
  name: string
  text: string
  isPrepared: boolean
}

/** A statement with another one before it, in front of the same Sync: the protocol makes them one transaction. */
class ReadBehindSettings extends pg.Query {
  readonly #complete: (message: object, connection: pg.Connection) => void
  #isSet = false

  constructor(
    statement: Statement,
    { name, text, isPrepared }: SettingsStatement,
    done: (error: Error | undefined, result: unknown) => void,
  ) {
    super({ ...statement, queryMode: 'extended' } as Statement, undefined, done)
    Object.assign(this, { query_timeout: statement.query_timeout })
    this.#complete = Reflect.get(pg.Query.prototype, 'handleCommandComplete')
    const submit = this.submit
    this.submit = (connection) => {
      connection.stream.cork()
      if (!isPrepared) connection.parse({ name, text, types: [] }, true)
      connection.bind({ statement: name, values: [] }, true)
      connection.execute(null, true)
      const refused = submit.call(this, connection)
      connection.stream.uncork()
      return refused
    }
  }

  /** Called by the driver: first for the settings. */
  handleCommandComplete(message: object, connection: pg.Connection): void {
    if (this.#isSet) this.#complete.call(this, message, connection)
    this.#isSet = true
  }
}
