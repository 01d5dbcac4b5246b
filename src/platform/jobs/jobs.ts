import { AsyncLocalStorage } from 'node:async_hooks'
import { PgBoss } from 'pg-boss'
import { sessionAt, writing } from '../database/session.ts'
import type { Transaction } from '../database/transaction.ts'
import type { Log } from '../observability/log.ts'

const schema = 'jobs'
/** How often pg-boss looks for jobs whose process has died. */
const superviseSeconds = 5
const stopWithinMs = 5000

/** The jobs in the database, which all servers share. pg-boss starts when it is needed first. */
export class Jobs {
  readonly #parts: { databaseUrl: string; log: Log }
  /** Jobs run outside of the request that starts pg-boss. */
  readonly #outside = AsyncLocalStorage.snapshot()
  #boss: Promise<PgBoss> | undefined
  #stopping: Promise<void> | undefined

  constructor(parts: { databaseUrl: string; log: Log }) {
    this.#parts = parts
  }

  /** A failed start is tried again by the next call. */
  started(): Promise<PgBoss> {
    if (this.#stopping) throw new Error('jobs are stopped')
    this.#boss ??= this.#outside(() => this.#start()).catch((error: unknown) => {
      this.#boss = undefined
      throw error
    })
    return this.#boss
  }

  /** Lets jobs under way end, for some seconds. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    const boss = await this.#boss?.catch(() => undefined)
    await boss?.stop({ timeout: stopWithinMs })
  }

  async #start(): Promise<PgBoss> {
    const { databaseUrl, log } = this.#parts
    const session = sessionAt(databaseUrl, writing)
    const boss = new PgBoss({
      ...session,
      application_name: 'frontdoor jobs',
      max: 3,
      schema,
      // Migrations make the tables, and the server's role may not.
      migrate: false,
      createSchema: false,
      reindex: false,
      monitorVacuum: false,
      schedule: false,
      registerInstance: false,
      superviseIntervalSeconds: superviseSeconds,
      monitorIntervalSeconds: superviseSeconds,
    })
    boss.on('error', (err) => log.warn({ err }, 'jobs wait'))
    await boss.start()
    return boss
  }
}

/** Lets pg-boss write in a transaction. */
export function inTransaction(tx: Transaction) {
  return {
    executeSql: async (text: string, values?: readonly unknown[]) => ({
      rows: await tx.$queryRawUnsafe(text, ...(values ?? [])),
    }),
  }
}
