// Exact arithmetic on minor units (cents), without floats.

const basisPoints = 10_000n

/**
 * The cost of a line in minor units: quantity × unit price, less the discount (in hundredths of a per cent, 0 to
 * 10,000), rounded to the minor unit half away from zero. An order's total is the sum of its lines.
 */
export function lineTotalMinor(line: { quantity: number; unitPriceMinor: bigint; discountBp: number }): bigint {
  const exact = BigInt(line.quantity) * line.unitPriceMinor * (basisPoints - BigInt(line.discountBp))
  return divideHalfAwayFromZero(exact, basisPoints)
}

/** The line without its discount, in minor units. */
export function lineSubtotalMinor(line: { quantity: number; unitPriceMinor: bigint }): bigint {
  return BigInt(line.quantity) * line.unitPriceMinor
}

function divideHalfAwayFromZero(dividend: bigint, divisor: bigint): bigint {
  const half = divisor / 2n
  return dividend < 0n ? (dividend - half) / divisor : (dividend + half) / divisor
}
