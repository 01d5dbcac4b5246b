const text = Buffer.from('00000000-0000-7000-8000-000000000000', 'latin1')
const digits = Buffer.from('0123456789abcdef', 'latin1')

/**
 * A UUIDv7 (RFC 9562, section 5.7) of a time in milliseconds and 74 bits from three 32-bit numbers, so that seeded ids
 * are the same on every machine. Load tests make tens of thousands a second, hence digit by digit in one buffer.
 */
export function uuidV7(milliseconds: number, a: number, b: number, c: number): string {
  const timeHigh = Math.floor(milliseconds / 0x1_0000)
  put(0, 4, timeHigh >>> 16)
  put(4, 4, timeHigh)
  put(9, 4, milliseconds % 0x1_0000)
  put(15, 3, a)
  // The variant's two bits are 10.
  put(19, 4, 0x8000 | ((b >>> 16) & 0x3fff))
  put(24, 4, b)
  put(28, 8, c)
  return text.toString('latin1')
}

function put(offset: number, count: number, value: number): void {
  let left = value
  for (let place = offset + count - 1; place >= offset; place -= 1) {
    text[place] = digits[left & 0xf] ?? 0
    left >>>= 4
  }
}
