import { randomUUID } from 'node:crypto'

let lastMilliseconds = -1
let lastPrefix = ''

/** A UUIDv7 of this moment (RFC 9562, section 5.7), for rows that get their id before the database sees them. */
export function uuidV7(milliseconds: number = Date.now()): string {
  if (milliseconds !== lastMilliseconds) {
    const time = milliseconds.toString(16).padStart(12, '0')
    lastMilliseconds = milliseconds
    lastPrefix = `${time.slice(0, 8)}-${time.slice(8)}-7`
  }
  // From the version on, a UUIDv4 has random bits and variant in the same places.
  return lastPrefix + randomUUID().slice(15)
}
