import { randomUUID } from 'node:crypto'

/** A UUIDv7 of this moment (RFC 9562, section 5.7), for rows that get their id before the database sees them. */
export function uuidV7(milliseconds: number = Date.now()): string {
  const time = milliseconds.toString(16).padStart(12, '0')
  // From the version on, a UUIDv4 has random bits and variant in the same places.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}
