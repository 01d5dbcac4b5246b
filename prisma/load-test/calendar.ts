/** The present of the generated data. Fixed, so that every run generates the same. */
export const present = Date.parse('2026-10-01T00:00:00Z')

export const hour = 3_600_000
export const day = 24 * hour

/** Orders are placed in the three years before the present. */
const firstOrder = Date.parse('2023-10-01T00:00:00Z')
/** The catalogue is older than its orders, and so are many customers. */
export const opening = Date.parse('2021-10-01T00:00:00Z')
/** Customers come until here, so that each of them is older than an order that is still open. */
export const lastCustomer = present - 60 * day
/** Orders that were shipped had the time for it. */
const lastFinished = present - 14 * day

/** Orders in a row whose dates lie close together: see `blockWindow`. */
export const blockSize = 10_000

/**
 * When the finished orders of a block were placed. The first block spans all three years; of the next ones, one spans
 * them all, two a half each, four a quarter each, and so on, those of a size in bit-reversed order. So the dates are
 * spread out however many orders there are, and yet a block's rows are neighbours in most indexes: the same rows in
 * random order took PostgreSQL twice the time and four times the log.
 */
export function blockWindow(block: number): { from: number; to: number } {
  const bits = block === 0 ? 0 : 31 - Math.clz32(block)
  const slices = 2 ** bits
  const length = (lastFinished - firstOrder) / slices
  const from = firstOrder + reverseBits(block === 0 ? 0 : block - slices, bits) * length
  return { from: Math.floor(from), to: Math.floor(from + length) }
}

function reverseBits(value: number, bits: number): number {
  let reversed = 0
  for (let bit = 0; bit < bits; bit += 1) reversed = reversed * 2 + (Math.floor(value / 2 ** bit) % 2)
  return reversed
}
