import type { Transactions } from '../database/transaction.ts'

/** How often one process writes the last use of a key, at most. */
const writeEveryMs = 60_000

export interface KeyUseParts {
  transactions: Transactions
  /** Runs the write so that its statements count for no request. */
  outsideRequest: (write: () => Promise<void>) => Promise<void>
  onError: (error: unknown) => void
}

/** Records when API keys were last used. No request waits for the write. */
export class KeyUse {
  readonly #parts: KeyUseParts
  readonly #writtenAt = new Map<string, number>()
  readonly #writing = new Set<Promise<void>>()

  constructor(parts: KeyUseParts) {
    this.#parts = parts
  }

  record(id: string): void {
    const now = performance.now()
    const before = this.#writtenAt.get(id)
    if (before !== undefined && now < before + writeEveryMs) return
    this.#writtenAt.set(id, now)
    const write = this.#parts.outsideRequest(() => this.#write(id)).finally(() => this.#writing.delete(write))
    this.#writing.add(write)
  }

  /** Resolves when no write is under way. */
  async close(): Promise<void> {
    await Promise.all(this.#writing)
  }

  async #write(id: string): Promise<void> {
    const { transactions, onError } = this.#parts
    const at = new Date()
    try {
      // Another replica may have written a later use.
      await transactions.run(
        (tx) => tx.$executeRaw`
          update platform.pf_api_key set used_ts = ${at}
          where uid = ${id}::uuid and (used_ts is null or used_ts < ${at})`,
      )
    } catch (error) {
      onError(error)
    }
  }
}
