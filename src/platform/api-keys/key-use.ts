import { Prisma } from '../../generated/prisma/client.ts'

/** How often one process writes the last use of a key, at most. */
const writeEveryMs = 60_000

/** Records when API keys were last used. No request waits for the write. */
export class KeyUse {
  readonly #run: (statement: Prisma.Sql) => Promise<void>
  readonly #onError: (error: unknown) => void
  readonly #writtenAt = new Map<string, number>()
  readonly #writing = new Set<Promise<void>>()

  constructor(run: (statement: Prisma.Sql) => Promise<void>, onError: (error: unknown) => void) {
    this.#run = run
    this.#onError = onError
  }

  record(id: string): void {
    const now = performance.now()
    const before = this.#writtenAt.get(id)
    if (before !== undefined && now < before + writeEveryMs) return
    this.#writtenAt.set(id, now)
    const write = this.#write(id).finally(() => this.#writing.delete(write))
    this.#writing.add(write)
  }

  /** Resolves when no write is under way. */
  async close(): Promise<void> {
    await Promise.all(this.#writing)
  }

  async #write(id: string): Promise<void> {
    const at = new Date()
    try {
      // Another replica may have written a later use.
      await this.#run(Prisma.sql`
        update platform.pf_api_key set used_ts = ${at}
        where uid = ${id}::uuid and (used_ts is null or used_ts < ${at})`)
    } catch (error) {
      this.#onError(error)
    }
  }
}
