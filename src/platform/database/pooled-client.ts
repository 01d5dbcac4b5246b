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
  timeoutMs?: number
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
export class PooledClient extends pg.Client {
  constructor(config: pg.ClientConfig | undefined, session: PooledSession) {
    // The settings and their statement are sent together.
    super({ ...config, pipeline: true })
    const send = this.query.bind(this) as Query
    Object.defineProperty(this, 'query', { value: withSettings(send, new PreparedNames(this.connection), session) })
  }

  /** Runs a statement alone, which may take so many milliseconds in place of the session's. */
  queryWithin(timeoutMs: number, statement: pg.QueryConfig): Promise<pg.QueryResult> {
    return this.query({ ...statement, timeoutMs } as pg.QueryConfig)
  }
}

/** The client for pools, which make their connections themselves. */
export function pooledClient(session: PooledSession): typeof pg.Client {
  return class extends PooledClient {
    constructor(config?: pg.ClientConfig) {
      super(config, session)
    }
  }
}

function withSettings(
  send: Query,
  names: PreparedNames,
  { settings, access, keepsNames, boundMs }: PooledSession,
): Query {
  const { statement_timeout: timeout = '0' } = settings
  const set = setting(settings)
  const setForRead = setting({ ...settings, transaction_read_only: 'on' }, 'statement_timeout')
  const begun = (text: string) => text.replace(beginning, (begin) => `${withModes(begin, access)}; ${set}`)
  const bounded = (text: string): Statement => ({ text, query_timeout: boundMs })
  let isOpen = false

  /** In one implicit transaction with the settings: the database sees no statement more. */
  const read = ({ timeoutMs, ...statement }: Statement) =>
    new Promise((resolve, reject) => {
      const used = keepsNames ? [settingsName, statement.name ?? ''] : ['']
      const [name = ''] = used
      for (const each of used) names.renew(each)
      const first = { name, text: setForRead, values: [String(timeoutMs ?? timeout)], isPrepared: names.take(name) }
      const query = new ReadBehindSettings(statement, first, (error, result) => {
        if (!error) return resolve(result)
        for (const each of used) names.fail(each)
        reject(error)
      })
      send(query)
    })

  const sendNamed = (statement: Statement, values: unknown) => {
    const { name = '' } = statement
    names.renew(name)
    const result = send(statement, values) as Promise<unknown>
    if (name !== '') result.catch(() => names.fail(name))
    return result
  }

  const inTransaction = async (statement: Statement) => {
    const [, result] = await Promise.all([
      send(bounded(begun('begin'))),
      sendNamed(statement, undefined),
      send('commit'),
    ])
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
      return sendNamed(named, values)
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
class PreparedNames {
  readonly #connection: pg.Connection
  readonly #failed = new Set<string>()
  readonly #taken = new Set<string>()

  constructor(connection: pg.Connection) {
    this.#connection = connection
  }

  /** Whether a statement has this name already; from now on one has. */
  take(name: string): boolean {
    const isTaken = this.#taken.has(name)
    if (name !== '') this.#taken.add(name)
    return isTaken
  }

  fail(name: string): void {
    if (name !== '') this.#failed.add(name)
  }

  /** Gives the name back if its last statement failed. */
  renew(name: string): void {
    if (!this.#failed.delete(name)) return
    this.#connection.close({ type: 'S', name }, true)
    this.#taken.delete(name)
    Reflect.deleteProperty(Reflect.get(this.#connection, 'parsedStatements'), name)
  }
}

/** Makes the settings for one transaction, and returns no row. One of them can be the parameter. */
function setting(settings: PooledSession['settings'], parameter?: string): string {
  const set = Object.entries(settings).map(([name, value]) => {
    return `set_config('${name}', ${name === parameter ? '$1' : literal(value)}, true) is null`
  })
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
  values: string[]
  isPrepared: boolean
}

/** A statement with another one before it, in front of the same Sync: the protocol makes them one transaction. */
class ReadBehindSettings extends pg.Query {
  readonly #complete: (message: object, connection: pg.Connection) => void
  #isSet = false

  constructor(
    statement: Statement,
    { name, text, values, isPrepared }: SettingsStatement,
    done: (error: Error | undefined, result: unknown) => void,
  ) {
    super({ ...statement, queryMode: 'extended' } as Statement, undefined, done)
    Object.assign(this, { query_timeout: statement.query_timeout })
    this.#complete = Reflect.get(pg.Query.prototype, 'handleCommandComplete')
    const submit = this.submit
    this.submit = (connection) => {
      connection.stream.cork()
      if (!isPrepared) connection.parse({ name, text, types: [] }, true)
      connection.bind({ statement: name, values }, true)
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
