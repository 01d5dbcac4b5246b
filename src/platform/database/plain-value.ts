/**
 * A value in the form that both the driver and JSON pass on, and that PostgreSQL reads as the type of its column. Times
 * have their zone, so that the session's zone does not matter. Throws for a value of an unknown type.
 */
export function plainValue(value: unknown): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`
  if (Array.isArray(value)) return value.map(plainValue)
  throw new Error(`A column cannot be given ${value === undefined ? 'undefined' : `this ${typeof value}`}`)
}
