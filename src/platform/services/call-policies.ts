import {
  bulkhead,
  type CircuitBreakerPolicy,
  CircuitState,
  CountBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhen,
  type IPolicy,
  isBrokenCircuitError,
  isBulkheadRejectedError,
  isTaskCancelledError,
  retry,
  wrap,
} from 'cockatiel'
import { CallFailure, isFault, isPassing } from './call-failure.ts'

/** The breaker opens where more than this share of the last calls failed. A call that is repeated counts each time. */
const brokenShare = 0.7
const observedCalls = 20
const fewestCalls = 10
/** It lets one call probe after a pause, which grows with each probe that fails. */
const firstPauseMs = 1000
const longestPauseMs = 30_000
const repeats = 2
/** The wait before a repeat has jitter. */
const firstWaitMs = 20
const longestWaitMs = 200

interface Reports {
  onRepeat(): void
  onBreak(): void
  onReset(): void
}

interface Running {
  /** Whether it may be repeated. */
  isSafe: boolean
  deadline: AbortSignal
}

/** Retries, breaker and bulkhead of one service. */
export class CallPolicies {
  readonly #breaker: CircuitBreakerPolicy
  readonly #once: IPolicy
  readonly #repeated: IPolicy

  /** As many calls as are under way may wait. */
  constructor(parallel: number, { onRepeat, onBreak, onReset }: Reports) {
    this.#breaker = circuitBreaker(handleWhen(isFault), {
      halfOpenAfter: new ExponentialBackoff({ initialDelay: firstPauseMs, maxDelay: longestPauseMs }),
      breaker: new CountBreaker({ threshold: brokenShare, size: observedCalls, minimumNumberOfCalls: fewestCalls }),
    })
    this.#breaker.onBreak(onBreak)
    this.#breaker.onReset(onReset)
    const retrying = retry(handleWhen(isPassing), {
      maxAttempts: repeats,
      backoff: new ExponentialBackoff({ initialDelay: firstWaitMs, maxDelay: longestWaitMs }),
    })
    retrying.onRetry(onRepeat)
    this.#once = wrap(this.#breaker, bulkhead(parallel, parallel))
    this.#repeated = wrap(retrying, this.#once)
  }

  /** Throws a CallFailure at the deadline, whatever the attempt does. */
  async run<Result>(attempt: (signal: AbortSignal) => Promise<Result>, { isSafe, deadline }: Running): Promise<Result> {
    // Cockatiel lets further calls wait for the one that probes.
    if (this.#breaker.state === CircuitState.HalfOpen) throw new CallFailure('shed')
    const policy = isSafe ? this.#repeated : this.#once
    const result = policy.execute(({ signal }) => attempt(signal), deadline).catch(failInstead)
    return Promise.race([result, whenAborted(deadline)])
  }
}

function failInstead(error: unknown): never {
  if (isBrokenCircuitError(toError(error)) || isBulkheadRejectedError(toError(error))) throw new CallFailure('shed')
  if (isTaskCancelledError(toError(error))) throw new CallFailure('timed_out')
  throw error
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new CallFailure('timed_out')), { once: true })
  })
}
