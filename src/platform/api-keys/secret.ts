import { createHash, randomInt } from 'node:crypto'
import { crc32 } from 'node:zlib'

// `fdk_`, 30 random characters (178 bits) and a checksum of six. Secret scanners recognise the form and can reject
// made-up secrets, and the server refuses a mistyped secret without a statement.

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

/** Whether a credential has the form of an API key. */
export function isLikeSecret(credential: string): boolean {
  return credential.startsWith(prefix)
}

/** Whether a credential has the form of a secret with a right checksum. Anyone can make one. */
export function isWellFormed(credential: string): boolean {
  if (!pattern.test(credential)) return false
  return credential.slice(-checksumLength) === checksum(credential.slice(prefix.length, -checksumLength))
}

/**
 * The stored hash of a secret. The secret is too random to be guessed, so one round of SHA-256 without salt is enough.
 */
export function hashOf(secret: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(createHash('sha256').update(secret).digest())
}

/** The last characters, by which people recognise their keys. They are part of the checksum. */
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
