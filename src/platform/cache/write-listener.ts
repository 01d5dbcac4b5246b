import pg from 'pg'
import { z } from 'zod'
import type { Log } from '../observability/log.ts'

const channel = 'frontdoor_writes'
const beatEveryMs = 1000
/** A connection that says nothing for so long is taken for lost: it could have lost what it was to tell. */
const answerBoundMs = 2000
const firstRetryMs = 100
const longestRetryMs = 5000

interface ListenerParts {
  url: string
  log: Log
  /** The tables that have the trigger, with the columns whose changes it tells. From here on each write is told. */
  onOpen: (tables: ReadonlyMap<string, ReadonlySet<string>>) => void
  /** No write is told any more. */
  onClose: () => void
  onWrite: (table: string) => void
}

/**
 * Hears of every committed write to the tables that have the trigger, over a connection of its own: one of the pool
 * would be somebody else's a moment later. When it breaks it is made again, later each time.
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

  /** Resolves when it listens, or has failed to for the first time. */
  async start(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#parts.url,
      application_name: 'frontdoor cache',
      connectionTimeoutMillis: answerBoundMs,
      query_timeout: answerBoundMs,
    })
    this.#client = client
    client.on('error', (err) => this.#lose(client, err))
    client.on('end', () => this.#lose(client))
    client.on('notification', ({ payload = '' }) => this.#parts.onWrite(payload))
    try {
      await client.connect()
      await client.query(`listen ${channel}`)
      await requireSession(client)
      const tables = await toldTables(client)
      if (client !== this.#client) return
      if (this.#failures > 0) this.#parts.log.info('writes are heard of again')
      this.#isOpen = true
      this.#failures = 0
      this.#parts.onOpen(tables)
      this.#timer = setTimeout(() => this.#beatOn(), beatEveryMs).unref()
    } catch (err) {
      this.#lose(client, err)
    }
  }

  /**
   * Resolves once all is heard that was committed before this call, or nothing is heard at all: PostgreSQL has told the
   * listeners before it says that a commit is done, and hands them what they were told before their next answer.
   */
  caughtUp(): Promise<void> {
    // Those who come while one is on its way share the next.
    this.#nextBeat ??= this.#beat.then(() => {
      this.#nextBeat = undefined
      this.#beat = this.#ask()
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

  async #ask(): Promise<void> {
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
    if (this.#failures === 0) this.#parts.log.warn({ err }, 'writes are not heard of: no answer is kept for now')
    const delay = Math.min(longestRetryMs, firstRetryMs * 2 ** this.#failures++)
    this.#timer = setTimeout(() => void this.start(), delay * (0.5 + Math.random() / 2)).unref()
  }
}

const backend = z.tuple([z.object({ pid: z.number() })])

/** A pooler that gives each statement another session would lose what one of them is told. */
async function requireSession(client: pg.Client): Promise<void> {
  const { rows } = await client.query('select pg_backend_pid() as "pid"')
  const [{ pid }] = backend.parse(rows)
  if (pid !== Reflect.get(client, 'processID')) throw new Error('the session is not this connection’s own')
}

const told = z.array(z.object({ table: z.string(), columns: z.array(z.string()) }))

/** Triggers of a whole statement, after it, for each kind of write, on unconditionally: the bits are those of pg_trigger. */
async function toldTables(client: pg.Client): Promise<Map<string, Set<string>>> {
  const { rows } = await client.query(`
    select format('"%s"."%s"', n.nspname, c.relname) as "table",
      array(select format('"%s"', attname) from pg_attribute a where attrelid = c.oid and attnum > 0
            and (t.tgattr::text = '' or attnum = any(t.tgattr::int2[])))::text[] as "columns"
    from pg_trigger t
    join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
    join pg_proc p on p.oid = t.tgfoid join pg_namespace f on f.oid = p.pronamespace
    where f.nspname = 'platform' and p.proname = 'pf_notify_write'
      and t.tgtype = 4 + 8 + 16 + 32 and t.tgenabled = 'A' and t.tgqual is null`)
  return new Map(told.parse(rows).map(({ table, columns }) => [table, new Set(columns)]))
}
