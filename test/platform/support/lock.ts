import pg from 'pg'

/** A separate connection that holds a lock the server waits for. */
export class Lock {
  readonly #client: pg.Client

  private constructor(client: pg.Client) {
    this.#client = client
  }

  /** Makes every read of the table wait until this is released, or, in mode SHARE, every write. */
  static async on(
    table: string,
    { databaseUrl }: { databaseUrl: string },
    mode: 'access exclusive' | 'share' = 'access exclusive',
  ): Promise<Lock> {
    const client = new pg.Client({ connectionString: databaseUrl })
    // The database may be dropped before the lock is released.
    client.on('error', () => {})
    await client.connect()
    await client.query(`begin; lock table ${table} in ${mode} mode`)
    return new Lock(client)
  }

  /**
   * Resolves once this many statements wait for it. pg_locks, unlike pg_stat_activity, is read anew within a
   * transaction.
   */
  async waitedForBy(statements: number): Promise<void> {
    const waiting = `select from pg_locks join pg_database on pg_database.oid = database
      where datname = current_database() and not granted`
    while ((await this.#client.query(waiting)).rowCount !== statements);
  }

  async release(): Promise<void> {
    await this.#client.end()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release()
  }
}
