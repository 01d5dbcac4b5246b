import { createHmac, randomBytes } from 'node:crypto'
import { principalOf, type Viewer } from '../auth/viewer.ts'
import type { Config } from '../config/config.ts'
import type { Log } from '../observability/log.ts'
import type { Metrics } from '../observability/metrics.ts'

/** `look_ups` are responses that reveal what another viewer has, such as that an e-mail address is taken. */
export type SuspicionKind = 'denials' | 'personal_reads' | 'look_ups' | 'tool_calls'

interface SuspicionParts {
  /** The number a minute that makes a burst. */
  limits: Readonly<Record<SuspicionKind, number>>
  log: Log
  metrics: Metrics
  /** A monotonic clock, in milliseconds. */
  clock?: () => number
}

interface Window {
  startedAt: number
  count: number
  /** Whether this burst is logged already. */
  told: boolean
}

/** With the limits of the settings. */
export function suspicionOf({
  config,
  log,
  metrics,
}: Pick<SuspicionParts, 'log' | 'metrics'> & { config: Config }): Suspicion {
  const { denials, personalReads, toolCalls } = config.suspicious
  const limits = { denials, look_ups: denials, personal_reads: personalReads, tool_calls: toolCalls }
  return new Suspicion({ limits, log, metrics })
}

export interface Suspect {
  viewer: Viewer
  /** The address of the peer, which identifies an anonymous viewer. */
  address: string
  requestId: string
}

const windowMs = 60_000
/** Above this number, the principal that was quiet for longest is dropped. */
const maxPrincipals = 10_000

/**
 * Logs bursts by one principal within a minute: many denied operations, many look-ups, personal values of many rows, or
 * many calls of tools.
 * A burst is logged once, and ends with a whole minute below the limit. Each replica counts for itself.
 */
export class Suspicion {
  readonly #parts: SuspicionParts
  readonly #windows: Record<SuspicionKind, Map<string, Window>> = {
    denials: new Map(),
    personal_reads: new Map(),
    look_ups: new Map(),
    tool_calls: new Map(),
  }
  /** Addresses are personal data, so they are hashed with a salt of this process before they are stored or logged. */
  readonly #salt = randomBytes(32)

  constructor(parts: SuspicionParts) {
    this.#parts = parts
  }

  count(kind: SuspicionKind, amount: number, suspect: Suspect): void {
    if (amount === 0) return
    const principal = this.#nameOf(suspect)
    const window = this.#window(kind, principal)
    window.count += amount
    if (window.told || window.count < this.#parts.limits[kind]) return
    window.told = true
    this.#parts.metrics.suspicious.inc({ kind })
    this.#parts.log.warn({ principal, kind, count: window.count, requestId: suspect.requestId }, 'suspicious')
  }

  /** Counts one more, unless that exceeds the limit: then it returns the seconds to wait. */
  bound(kind: SuspicionKind, suspect: Suspect): number | undefined {
    const { startedAt, count } = this.#window(kind, this.#nameOf(suspect))
    if (count >= this.#parts.limits[kind]) return Math.ceil((startedAt + windowMs - this.#now()) / 1000)
    this.count(kind, 1, suspect)
    return undefined
  }

  #now(): number {
    return (this.#parts.clock ?? performance.now.bind(performance))()
  }

  #window(kind: SuspicionKind, principal: string): Window {
    const windows = this.#windows[kind]
    const now = this.#now()
    const last = windows.get(principal)
    windows.delete(principal)
    const window = last && now - last.startedAt < windowMs ? last : this.#next(kind, last, now)
    const oldest = windows.size >= maxPrincipals ? windows.keys().next().value : undefined
    if (oldest !== undefined) windows.delete(oldest)
    windows.set(principal, window)
    return window
  }

  /** A burst in the minute before goes on in this one. */
  #next(kind: SuspicionKind, last: Window | undefined, startedAt: number): Window {
    const justEnded = last !== undefined && startedAt - last.startedAt < 2 * windowMs
    return { startedAt, count: 0, told: justEnded && last.told && last.count >= this.#parts.limits[kind] }
  }

  #nameOf({ viewer, address }: Suspect): string {
    if (viewer.id !== undefined) return principalOf(viewer)
    const hash = createHmac('sha256', this.#salt).update(address).digest('hex')
    return `${viewer.kind} ${hash.slice(0, 16)}`
  }
}
