import type { Database } from '../database/client.ts'
import { requestScope } from '../request-scope.ts'

/** How often the last use of one key is written, at most, by one process. */
const writeEveryMs = 60_000

/** Notes when API keys were last used, beside the requests that use them: none waits for it. */
export class KeyUse {
  readonly #client: Database['client']
  readonly #onFault: (error: unknown) => void
  readonly #writtenAt = new Map<string, number>()
  readonly #writing = new Set<Promise<void>>()

  constructor(client: Database['client'], onFault: (error: unknown) => void) {
    this.#client = client
    this.#onFault = onFault
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
      await this.#client.apiKey.updateMany({
        where: { id, OR: [{ lastUsedAt: null }, { lastUsedAt: { lt: at } }] },
        data: { lastUsedAt: at },
      })
    } catch (error) {
      this.#onFault(error)
    }
  }
}
