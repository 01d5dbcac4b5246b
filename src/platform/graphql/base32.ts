// Crockford's base 32, with the bits that are left over as zeros at the beginning, as in a TypeID.

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
const noDigit = 255
/** By the code of the digit. */
const digitValues = new Uint8Array(128).fill(noDigit)
for (const [value, digit] of [...alphabet].entries()) digitValues[digit.charCodeAt(0)] = value
const uuidPattern = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/

export function encodeBytes(bytes: Uint8Array): string {
  let text = ''
  let pending = 0
  let bits = (5 - ((bytes.length * 8) % 5)) % 5
  for (const byte of bytes) {
    pending = (pending << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += alphabet[pending >> bits]
      pending &= (1 << bits) - 1
    }
  }
  return text
}

/** Undefined for a text that no bytes have. */
export function decodeBytes(text: string): Uint8Array | undefined {
  const length = Math.floor((text.length * 5) / 8)
  const bytes = new Uint8Array(length)
  let at = 0
  let pending = 0
  let bits = length * 8 - text.length * 5
  if (bits <= -5) return undefined
  for (let index = 0; index < text.length; index++) {
    const value = digitValues[text.charCodeAt(index)] ?? noDigit
    if (value === noDigit) return undefined
    pending = (pending << 5) | value
    bits += 5
    if (pending >> bits !== 0) return undefined
    if (bits < 8) continue
    bits -= 8
    bytes[at++] = pending >> bits
    pending &= (1 << bits) - 1
  }
  return bytes
}

const digitCodes = Buffer.from(alphabet)
const hexValues = new Uint8Array(128)
for (const [value, digit] of [...'0123456789abcdef'].entries()) {
  hexValues[digit.charCodeAt(0)] = value
  hexValues[digit.toUpperCase().charCodeAt(0)] = value
}
const hexBytes = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const dash = '-'.charCodeAt(0)

/** How many digits a UUID has: 128 bits after two zero bits make 26 groups of five. */
export const uuidDigits = 26

/** Writes the digits of a UUID to this place. Throws for any other text. */
export function writeUuid(bytes: Uint8Array, place: number, uuid: string): void {
  let pending = 0
  let bits = 2
  let to = place
  const end = place + uuidDigits
  for (let at = 0; at < uuid.length; at++) {
    const digit = uuid.charCodeAt(at)
    if (digit === dash) continue
    pending = (pending << 4) | (hexValues[digit] ?? 0)
    bits += 4
    if (bits < 5) continue
    bits -= 5
    if (to < end) bytes[to] = digitCodes[pending >> bits] ?? 0
    to++
    pending &= (1 << bits) - 1
  }
  // The place would keep digits of what was there before.
  if (to !== end) throw new Error('A key that must be a UUID is none')
}

/**
 * Encodes UUIDs behind a prefix. The text is made of bytes: joined digits would be a tree of texts, which is copied once
 * more when it is written.
 */
export function uuidEncoder(prefix: string): (uuid: string) => string {
  const bytes = Buffer.from(prefix + '0'.repeat(uuidDigits))
  return (uuid) => {
    writeUuid(bytes, bytes.length - uuidDigits, uuid)
    return bytes.toString('latin1')
  }
}

/** Undefined for a text that no UUID has. */
export function decodeUuid(suffix: string): string | undefined {
  if (!uuidPattern.test(suffix)) return undefined
  let hex = ''
  let pending = 0
  let bits = -2
  for (let at = 0; at < suffix.length; at++) {
    pending = (pending << 5) | (digitValues[suffix.charCodeAt(at)] ?? 0)
    bits += 5
    if (bits < 8) continue
    bits -= 8
    hex += hexBytes[pending >> bits]
    pending &= (1 << bits) - 1
  }
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
