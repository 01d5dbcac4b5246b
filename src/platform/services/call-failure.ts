import type { GraphQLError } from 'graphql'
import { clientError } from '../errors.ts'

/** How a call ended. */
export type CallOutcome =
  | 'answered'
  /** The operator has named no URL. */
  | 'not_configured'
  /** Not sent: the breaker is open, or too many calls are under way. */
  | 'shed'
  | 'timed_out'
  | 'unreachable'
  /** The service says that it cannot answer: a status from 500 up, or 408. */
  | 'failed'
  /** It asks for a pause: the status 429, or a header Retry-After. */
  | 'busy'
  /** Another status that is no success. */
  | 'refused'
  /** Too long, no JSON, or JSON of another form than was agreed. */
  | 'invalid'

/** Outcomes that a second attempt may change within the time of a request. */
const passing: ReadonlySet<CallOutcome> = new Set(['unreachable', 'failed'])
/** Outcomes that say that the service does not work. */
const faults: ReadonlySet<CallOutcome> = new Set(['timed_out', 'unreachable', 'failed', 'busy', 'invalid'])

/** A call without a usable answer. Its detail is for the log: a status, a code of Node, or where a form did not fit. */
export class CallFailure extends Error {
  readonly outcome: CallOutcome
  readonly detail: string | undefined

  constructor(outcome: CallOutcome, detail?: string) {
    super(outcome)
    this.outcome = outcome
    this.detail = detail
  }
}

export function isPassing(error: unknown): boolean {
  return error instanceof CallFailure && passing.has(error.outcome)
}

export function isFault(error: unknown): boolean {
  return error instanceof CallFailure && faults.has(error.outcome)
}

/** What the client learns: nothing of the service's address or answer. */
export function upstreamError(outcome: CallOutcome): GraphQLError {
  return outcome === 'refused' || outcome === 'invalid'
    ? clientError('UPSTREAM_INVALID', 'The service behind this field did not answer as agreed.')
    : clientError('UPSTREAM_UNAVAILABLE', 'The service behind this field does not answer right now; try again later.')
}
