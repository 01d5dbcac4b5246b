import { createHash, randomInt } from 'node:crypto'
import { crc32 } from 'node:zlib'

// `fdk_`, 30 random characters (178 bits), and six of checksum: scanners of source code know such a secret by its look
// and can tell it from a made-up one, and the server refuses a mistyped one without a look into the database.

const prefix = 'fdk_'
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const randomLength = 30
const checksumLength = 6
const hintLength = 4
const pattern = new RegExp(`^${prefix}[0-9A-Za-z]{${randomLength + checksumLength}}$`)

export function newSecret(): string {
  const random = Array.from({ length: randomLength }, () => alphabet[randomInt(alphabet.length)]).join('')
  return `${prefix}${random}${checksum(random)}`
}

/** Whether it means to be an API key. */
export function isLikeSecret(credential: string): boolean {
  return credential.startsWith(prefix)
}

/** Whether it has the form of a secret and its checksum is right; anybody can make one for which this holds. */
export function isWellFormed(credential: string): boolean {
  if (!pattern.test(credential)) return false
  return credential.slice(-checksumLength) === checksum(credential.slice(prefix.length, -checksumLength))
}

/** What is kept of a secret. It is too random to be guessed, so one round of SHA-256 hides it, without a salt. */
export function hashOf(secret: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(createHash('sha256').update(secret).digest())
}

/** By this people tell their keys apart; it is part of the checksum. */
export function hintOf(secret: string): string {
  return secret.slice(-hintLength)
}

function checksum(random: string): string {
  let rest = crc32(random)
  let digits = ''
  while (digits.length < checksumLength) {
    digits = `${alphabet[rest % alphabet.length]}${digits}`
    rest = Math.floor(rest / alphabet.length)
  }
  return digits
}
