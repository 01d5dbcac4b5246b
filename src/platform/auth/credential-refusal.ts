import { clientError, requestError } from '../errors.ts'

/** For a credential that is not taken: its caller is refused, never served as a stranger. */
export function refused(message: string) {
  // RFC 6750, section 3: the challenge says what is wrong with the token.
  return requestError('UNAUTHENTICATED', message, { 'www-authenticate': 'Bearer error="invalid_token"' })
}

const onceGood = new WeakSet<object>()

/** For a credential that was good and has ended: whoever sends it is late, and guesses nothing. */
export function ended(message: string) {
  const error = refused(message)
  onceGood.add(error)
  return error
}

export function wasOnceGood(error: unknown): boolean {
  return typeof error === 'object' && error !== null && onceGood.has(error)
}

/** For one of which nothing can be known right now, least of all that it is not valid. */
export function uncheckable(error: unknown) {
  const originalError = error instanceof Error ? error : undefined
  return clientError('UNAVAILABLE', 'Tokens cannot be checked right now; try again shortly.', { originalError })
}
