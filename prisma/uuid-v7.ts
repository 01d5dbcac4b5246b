const bytes = Buffer.alloc(16)

/**
 * A UUIDv7 (RFC 9562, section 5.7) of a time in milliseconds and 74 bits out of three 32-bit numbers, so that seeded
 * ids are the same on every machine.
 */
export function uuidV7(milliseconds: number, a: number, b: number, c: number): string {
  bytes.writeUIntBE(milliseconds, 0, 6)
  bytes.writeUInt16BE(0x7000 | (a & 0xfff), 6)
  bytes.writeUInt32BE(0x8000_0000 + (b & 0x3fff_ffff), 8)
  bytes.writeUInt32BE(c, 12)
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
