/** The present of the generated data. Fixed, so that every run generates the same. */
export const present = Date.parse('2026-10-01T00:00:00Z')

export const hour = 3_600_000
export const day = 24 * hour

/** Orders are placed in the three years before the present. */
const firstOrder = Date.parse('2023-10-01T00:00:00Z')
/** The catalogue is older than its orders, and so are many customers. */
export const opening = Date.parse('2021-10-01T00:00:00Z')
/** The latest time a customer joins, so that each is older than the orders that are still open. */
export const lastCustomer = present - 60 * day
/** Shipped orders were placed early enough to have shipped. */
const lastFinished = present - 14 * day

/** The number of consecutive orders with close dates: see `blockWindow`. */
export const blockSize = 10_000

/**
 * The time span of a block's finished orders. The first block spans all three years; of the next blocks one spans all
 * of them, two a half each, four a quarter each, and so on, blocks of one size in bit-reversed order. So dates are
 * spread for any number of orders, and the rows of a block are neighbours in most indexes: in random order the same
 * rows took PostgreSQL twice the time and four times the log.
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
