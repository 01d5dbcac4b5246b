import type { CombinedError } from 'urql'

/** Why there is no response, as far as it matters to people. */
export type Failure =
  | { kind: 'offline' }
  | { kind: 'signed-out' }
  | { kind: 'forbidden' }
  | { kind: 'wait'; seconds: number }
  | { kind: 'broken'; requestId: string | undefined }

export function failureOf(error: CombinedError): Failure {
  const coded = error.graphQLErrors.map(({ extensions }) => ({ code: extensions.code, extensions }))
  const find = (...codes: string[]) => coded.find(({ code }) => typeof code === 'string' && codes.includes(code))
  const busy = find('RATE_LIMITED', 'IDEMPOTENCY_KEY_IN_FLIGHT')
  if (busy) return { kind: 'wait', seconds: secondsOf(busy.extensions.retryAfterSeconds) }
  if (find('UNAUTHENTICATED')) return { kind: 'signed-out' }
  if (find('FORBIDDEN')) return { kind: 'forbidden' }
  if (error.networkError && coded.length === 0) return { kind: 'offline' }
  const requestId = coded[0]?.extensions.requestId
  return { kind: 'broken', requestId: typeof requestId === 'string' ? requestId : undefined }
}

function secondsOf(value: unknown): number {
  return typeof value === 'number' && value > 0 ? Math.ceil(value) : 1
}
