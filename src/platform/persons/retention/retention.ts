import type { RetentionRule } from '../../database/retention-rule.ts'
import type { Log } from '../../observability/log.ts'
import type { Metrics } from '../../observability/metrics.ts'

/** What one rule has found. */
export interface RetentionReport {
  readonly rule: string
  readonly keep: string
  /** How much was removed, or would be; undefined where the rule could not be applied. */
  readonly count: number | undefined
}

interface Parts {
  rules: readonly RetentionRule[]
  log: Log
  metrics: Metrics
}

const everyMs = 3_600_000

/** Applies the rules of retention each hour. */
export class Retention {
  readonly #parts: Parts
  #timer: NodeJS.Timeout | undefined

  constructor(parts: Parts) {
    this.#parts = parts
  }

  start(): void {
    this.#timer = setInterval(() => void this.apply(), everyMs).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** What each rule would remove now. */
  async count(): Promise<RetentionReport[]> {
    return this.#each((rule) => rule.count())
  }

  /** Applies each rule. A rule that fails is logged, and tried again in an hour. */
  async apply(): Promise<RetentionReport[]> {
    const { metrics, log } = this.#parts
    const reports = await this.#each(async (rule) => {
      const count = await rule.apply()
      metrics.retentionRows.inc({ rule: rule.name }, count)
      return count
    })
    if (reports.every(({ count }) => count !== undefined)) metrics.retentionRun.setToCurrentTime()
    const removed = reports.filter(({ count }) => count !== undefined && count > 0)
    if (removed.length > 0)
      log.info({ removed: Object.fromEntries(removed.map(({ rule, count }) => [rule, count])) }, 'retention')
    return reports
  }

  async #each(work: (rule: RetentionRule) => Promise<number>): Promise<RetentionReport[]> {
    const reports: RetentionReport[] = []
    for (const rule of this.#parts.rules) {
      const count = await work(rule).catch((err: unknown) => {
        this.#parts.log.warn({ err, rule: rule.name }, 'a rule of retention waits')
        return undefined
      })
      reports.push({ rule: rule.name, keep: rule.keep, count })
    }
    return reports
  }
}
