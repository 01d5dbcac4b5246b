import type pg from 'pg'
import { clientAt } from './session.ts'

/** A server that is silent for this long counts as lost. */
const responseBoundMs = 1000
const firstRetryMs = 100
const longestRetryMs = 5000

/** A small connection that asks a server the same again and again. After a failure it is made anew, with growing pauses. */
export class Probe {
  readonly #url: string
  readonly #statement: string
  #client: pg.Client | undefined
  #failures = 0
  #retryAt = 0
  #lastFailure: unknown
  #isClosed = false

  constructor(url: string, text: string) {
    this.#url = url
    this.#statement = text
  }

  /** The rows. Throws where the server does not answer, also without asking while it pauses. */
  async ask(): Promise<unknown[]> {
    if (this.#isClosed || performance.now() < this.#retryAt) throw this.#lastFailure
    try {
      this.#client ??= await this.#connect()
      const { rows } = await this.#client.query<object>(this.#statement)
      this.#failures = 0
      return rows
    } catch (error) {
      this.#lose(error)
      throw error
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#lastFailure = new Error('the probe is closed')
    await this.#client?.end().catch(() => {})
  }

  async #connect(): Promise<pg.Client> {
    const client = clientAt(this.#url, {
      application_name: 'frontdoor replicas',
      connectionTimeoutMillis: responseBoundMs,
      query_timeout: responseBoundMs,
    })
    // The next question reports a lost server. Without a listener the error would end the process.
    client.on('error', () => {})
    await client.connect()
    return client
  }

  #lose(error: unknown): void {
    this.#lastFailure = error
    this.#client?.end().catch(() => {})
    this.#client = undefined
    const pause = Math.min(longestRetryMs, firstRetryMs * 2 ** this.#failures++)
    this.#retryAt = performance.now() + pause * (0.5 + Math.random() / 2)
  }
}
