/**
 * A value as the driver and JSON both pass it on: what PostgreSQL reads as the type that stands there. Times with their
 * zone, so that the session's does not matter. What is not known to be one is refused.
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
