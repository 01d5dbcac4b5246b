import pg from 'pg'
import { z } from 'zod'
import type { Log } from '../observability/log.ts'

const channel = 'frontdoor_writes'
const beatEveryMs = 1000
/** A connection that is silent for this long counts as lost: it may have missed notifications. */
const responseBoundMs = 2000
const firstRetryMs = 100
const longestRetryMs = 5000

interface ListenerParts {
  url: string
  log: Log
  /** Every write is reported from here on: the tables with the trigger, and the columns whose changes it reports. */
  onOpen: (tables: ReadonlyMap<string, ReadonlySet<string>>) => void
  /** Writes are no longer reported. */
  onClose: () => void
  onWrite: (table: string) => void
}

/**
 * Reports every committed write to the tables with the trigger, over a connection of its own, because a pooled connection
 * changes its user. A broken connection is made again, with growing pauses.
 */
export class WriteListener {
  readonly #parts: ListenerParts
  #client: pg.Client | undefined
  #isOpen = false
  #isStopped = false
  #failures = 0
  #timer: NodeJS.Timeout | undefined
  #beat: Promise<void> = Promise.resolve()
  #nextBeat: Promise<void> | undefined

  constructor(parts: ListenerParts) {
    this.#parts = parts
  }

  /** Resolves when it listens, or after the first failure. */
  async start(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#parts.url,
      application_name: 'frontdoor cache',
      connectionTimeoutMillis: responseBoundMs,
      query_timeout: responseBoundMs,
    })
    this.#client = client
    client.on('error', (err) => this.#lose(client, err))
    client.on('end', () => this.#lose(client))
    client.on('notification', ({ payload = '' }) => this.#parts.onWrite(payload))
    try {
      await client.connect()
      await client.query(`listen ${channel}`)
      await requireSession(client)
      const tables = await reportedTables(client)
      if (client !== this.#client) return
      if (this.#failures > 0) this.#parts.log.info('writes are reported again')
      this.#isOpen = true
      this.#failures = 0
      this.#parts.onOpen(tables)
      this.#timer = setTimeout(() => this.#beatOn(), beatEveryMs).unref()
    } catch (err) {
      this.#lose(client, err)
    }
  }

  /**
   * Resolves once every commit before this call is reported, or the connection is lost. PostgreSQL queues notifications
   * before it confirms a commit, and sends them before the response to the listener's next statement.
   */
  caughtUp(): Promise<void> {
    // Calls that come while a statement is under way share the next one.
    this.#nextBeat ??= this.#beat.then(() => {
      this.#nextBeat = undefined
      this.#beat = this.#probe()
      return this.#beat
    })
    return this.#nextBeat
  }

  stop(): void {
    this.#isStopped = true
    const client = this.#client
    if (client) this.#lose(client)
    clearTimeout(this.#timer)
  }

  async #probe(): Promise<void> {
    const client = this.#client
    if (!client || !this.#isOpen) return
    await requireSession(client).catch((err: unknown) => this.#lose(client, err))
  }

  async #beatOn(): Promise<void> {
    await this.caughtUp()
    if (this.#isOpen) this.#timer = setTimeout(() => this.#beatOn(), beatEveryMs).unref()
  }

  #lose(client: pg.Client, err?: unknown): void {
    if (client !== this.#client) return
    this.#client = undefined
    if (this.#isOpen) this.#parts.onClose()
    this.#isOpen = false
    clearTimeout(this.#timer)
    client.end().catch(() => {})
    if (this.#isStopped) return
    if (this.#failures === 0) this.#parts.log.warn({ err }, 'writes are not reported: no response is cached for now')
    const delay = Math.min(longestRetryMs, firstRetryMs * 2 ** this.#failures++)
    this.#timer = setTimeout(() => void this.start(), delay * (0.5 + Math.random() / 2)).unref()
  }
}

const backend = z.tuple([z.object({ pid: z.number() })])

/** Throws behind a pooler that gives each statement another session: notifications would be lost. */
async function requireSession(client: pg.Client): Promise<void> {
  const { rows } = await client.query('select pg_backend_pid() as "pid"')
  const [{ pid }] = backend.parse(rows)
  if (pid !== Reflect.get(client, 'processID')) throw new Error('the session is not this connection’s own')
}

const triggers = z.array(z.object({ table: z.string(), columns: z.array(z.string()) }))

/** Enabled AFTER triggers of a whole statement, for each kind of write, without a condition; the bits are pg_trigger's. */
async function reportedTables(client: pg.Client): Promise<Map<string, Set<string>>> {
  const { rows } = await client.query(`
    select format('"%s"."%s"', n.nspname, c.relname) as "table",
      array(select format('"%s"', attname) from pg_attribute a where attrelid = c.oid and attnum > 0
            and (t.tgattr::text = '' or attnum = any(t.tgattr::int2[])))::text[] as "columns"
    from pg_trigger t
    join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
    join pg_proc p on p.oid = t.tgfoid join pg_namespace f on f.oid = p.pronamespace
    where f.nspname = 'platform' and p.proname = 'pf_notify_write'
      and t.tgtype = 4 + 8 + 16 + 32 and t.tgenabled = 'A' and t.tgqual is null`)
  return new Map(triggers.parse(rows).map(({ table, columns }) => [table, new Set(columns)]))
}
