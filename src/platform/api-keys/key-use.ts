import type { Transactions } from '../database/transaction.ts'
import { requestScope } from '../execution/request-scope.ts'

/** How often the last use of one key is written, at most, by one process. */
const writeEveryMs = 60_000

/** Notes when API keys were last used, beside the requests that use them: none waits for it. */
export class KeyUse {
  readonly #transactions: Transactions
  readonly #onError: (error: unknown) => void
  readonly #writtenAt = new Map<string, number>()
  readonly #writing = new Set<Promise<void>>()

  constructor(transactions: Transactions, onError: (error: unknown) => void) {
    this.#transactions = transactions
    this.#onError = onError
  }

  note(id: string): void {
    const now = performance.now()
    const before = this.#writtenAt.get(id)
    if (before !== undefined && now < before + writeEveryMs) return
    this.#writtenAt.set(id, now)
    // Outside the request: its statements are those it waited for.
    const write = requestScope.exit(() => this.#write(id)).finally(() => this.#writing.delete(write))
    this.#writing.add(write)
  }

  async close(): Promise<void> {
    await Promise.all(this.#writing)
  }

  async #write(id: string): Promise<void> {
    const at = new Date()
    try {
      // Another replica may have written a later one meanwhile.
      await this.#transactions.run(
        (tx) => tx.$executeRaw`
          update platform.pf_api_key set used_ts = ${at}
          where uid = ${id}::uuid and (used_ts is null or used_ts < ${at})`,
      )
    } catch (error) {
      this.#onError(error)
    }
  }
}
