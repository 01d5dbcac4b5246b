import { CallerGone, DeadlinePassed } from './failure.ts'

/** What bounds the statements of one request. */
export interface Bounds {
  /** When the request must be over, as `performance.now()` counts. */
  readonly deadline: number
  /** Aborted when nobody waits for the response any more; undefined where statements run to their end. */
  readonly signal: AbortSignal | undefined
}

/** The bounds of the request in hand; undefined for work of the server itself. */
export type CurrentBounds = () => Bounds | undefined

/** Milliseconds that are left. Throws DeadlinePassed and CallerGone. */
export function timeLeft({ deadline, signal }: Bounds): number {
  if (signal?.aborted) throw new CallerGone()
  const left = deadline - performance.now()
  if (left <= 0) throw new DeadlinePassed()
  return left
}
