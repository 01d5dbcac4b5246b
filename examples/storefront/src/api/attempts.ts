/**
 * One idempotency key for each attempt. It is stored until the outcome is known, also across a reload, so that a double
 * click or a retry after a lost connection does the work once. Another input is another attempt.
 */
const prefix = 'storefront.attempt.'

export function keyFor(mutation: string, input: object): string {
  const text = JSON.stringify(input)
  const stored = sessionStorage.getItem(prefix + mutation)
  // A UUID of 36 characters, then the name of the attempt.
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
