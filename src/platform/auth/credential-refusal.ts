import { clientError, requestError } from '../errors.ts'

/** For a credential that is not accepted: the request fails, and is never served as anonymous. */
export function refused(message: string) {
  // RFC 6750, section 3: the challenge names the error of the token.
  return requestError('UNAUTHENTICATED', message, { 'www-authenticate': 'Bearer error="invalid_token"' })
}

const onceGood = new WeakSet<object>()

/** For a credential that was valid and has ended, so that its sender is not guessing. */
export function ended(message: string) {
  const error = refused(message)
  onceGood.add(error)
  return error
}

export function wasOnceGood(error: unknown): boolean {
  return typeof error === 'object' && error !== null && onceGood.has(error)
}

/** For a credential that cannot be checked now. It may be valid. */
export function uncheckable(error: unknown) {
  const originalError = error instanceof Error ? error : undefined
  return clientError('UNAVAILABLE', 'Tokens cannot be checked right now; try again shortly.', { originalError })
}
