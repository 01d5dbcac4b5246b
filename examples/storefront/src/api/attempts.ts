/**
 * One idempotency key for each attempt to do something. It is kept until the outcome is known, also over a reload, so that a
 * double click or a retry after a lost connection does it once; with another input it is another attempt.
 */
const prefix = 'storefront.attempt.'

export function keyFor(mutation: string, input: object): string {
  const text = JSON.stringify(input)
  const stored = sessionStorage.getItem(prefix + mutation)
  // A UUID has 36 characters; what it was for follows.
  if (stored?.slice(36) === text) return stored.slice(0, 36)
  const key = crypto.randomUUID()
  sessionStorage.setItem(prefix + mutation, key + text)
  return key
}

export function settle(mutation: string): void {
  sessionStorage.removeItem(prefix + mutation)
}

export function forgetAttempts(): void {
  for (const place of Object.keys(sessionStorage)) if (place.startsWith(prefix)) sessionStorage.removeItem(place)
}
