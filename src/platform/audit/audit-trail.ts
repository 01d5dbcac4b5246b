import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import type { Log } from '../observability/log.ts'
import type { AuditEntry } from './audit-entry.ts'

interface AuditTrailParts {
  /** Writes all of them, or none. Writing an entry again does nothing. */
  write: (entries: readonly AuditEntry[]) => Promise<unknown>
  log: Log
  /** Entries that could not be written. */
  onLost?: (entries: number) => void
}

/** How long an entry waits for others, to be written with them, in milliseconds. */
const gatherMs = 100
const maxPauseMs = 5000
/** The most entries and ids in one INSERT: about a megabyte. */
const maxBatch = 20_000
/** The most entries and ids waiting: some ten megabytes. */
const maxWaiting = 200_000
const attemptsAtEnd = 3

/** PostgreSQL errors that a retry would meet again: data, constraints, missing rights. */
const permanentFailure = z.object({ code: z.string().regex(/^(22|23|42)\w{3}$/) })

/**
 * Writes audit entries in batches, beside the requests, where they need not be written before the response. While the
 * database is away they wait. Entries without room, and entries left when the process ends, are logged whole, so that
 * none is lost silently.
 */
export class AuditTrail {
  readonly #parts: AuditTrailParts
  #waiting: AuditEntry[] = []
  #weight = 0
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<boolean> | undefined
  #failures = 0
  #closing = false
  #closed = false

  constructor(parts: AuditTrailParts) {
    this.#parts = parts
  }

  record(entry: AuditEntry): void {
    if (this.#closed || this.#weight >= maxWaiting) {
      this.#tell([entry])
      return
    }
    this.#waiting.push(entry)
    this.#weight += weightOf(entry)
    this.#schedule(gatherMs)
  }

  /** Entries that are not written yet. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** Writes the waiting entries now; false where some still wait. */
  async flush(): Promise<boolean> {
    await this.#writing
    while (this.#waiting.length > 0) {
      if (await this.#writeBatch()) continue
      this.#schedule(this.#pause())
      return false
    }
    return true
  }

  /** Logs the entries that cannot be written. Call it while the database is still open. */
  async close(): Promise<void> {
    this.#closing = true
    clearTimeout(this.#timer)
    for (let attempt = 1; !(await this.flush()) && attempt < attemptsAtEnd; attempt++) await delay(gatherMs * attempt)
    this.#closed = true
    this.#tell(this.#waiting.splice(0))
  }

  #schedule(milliseconds: number): void {
    if (this.#closing || this.#timer || this.#waiting.length === 0) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      void this.#writeBatch().then((written) => this.#schedule(written ? gatherMs : this.#pause()))
    }, milliseconds).unref()
  }

  #pause(): number {
    return Math.min(gatherMs * 2 ** this.#failures, maxPauseMs)
  }

  /** Writes one batch at a time; false where it must wait. */
  #writeBatch(): Promise<boolean> {
    this.#writing ??= this.#attempt().finally(() => {
      this.#writing = undefined
    })
    return this.#writing
  }

  async #attempt(): Promise<boolean> {
    const batch = this.#nextBatch()
    if (batch.length === 0) return true
    try {
      await this.#parts.write(batch)
    } catch (err) {
      if (!permanentFailure.safeParse(err).success) return this.#postpone(err)
      this.#tell(batch, err)
    }
    this.#failures = 0
    this.#waiting.splice(0, batch.length)
    this.#weight -= batch.reduce((sum, entry) => sum + weightOf(entry), 0)
    return true
  }

  #postpone(err: unknown): false {
    if (this.#failures === 0) this.#parts.log.warn({ err }, 'audit events wait for the database')
    this.#failures += 1
    return false
  }

  #nextBatch(): AuditEntry[] {
    let weight = 0
    const end = this.#waiting.findIndex((entry) => {
      weight += weightOf(entry)
      return weight > maxBatch
    })
    return this.#waiting.slice(0, end < 0 ? undefined : Math.max(end, 1))
  }

  #tell(entries: readonly AuditEntry[], err?: unknown): void {
    if (entries.length > 0) this.#parts.onLost?.(entries.length)
    for (const audit of entries) this.#parts.log.warn({ audit, ...(err ? { err } : {}) }, 'audit event not written')
  }
}

function weightOf({ subjectIds }: AuditEntry): number {
  return 1 + subjectIds.length
}
