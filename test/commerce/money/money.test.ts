import { describe, expect, it } from 'vitest'
import { lineSubtotalMinor, lineTotalMinor } from '../../../src/commerce/money/line-total.ts'
import { minorRange } from '../../../src/commerce/money/money.ts'
import { codeOf } from '../../../src/platform/errors.ts'

describe('the total of a line', () => {
  it.each([
    // 847.5 cents: as a float, 8.475 is a little less, and would be rounded down.
    { quantity: 1, unitPriceMinor: 1695n, discountBp: 5000, total: 848n },
    { quantity: 1, unitPriceMinor: 1n, discountBp: 5000, total: 1n },
    { quantity: 1, unitPriceMinor: 3n, discountBp: 5000, total: 2n },
    { quantity: 3, unitPriceMinor: 1n, discountBp: 5000, total: 2n },
    { quantity: 5, unitPriceMinor: 110n, discountBp: 500, total: 523n },
    { quantity: 1, unitPriceMinor: -1n, discountBp: 5000, total: -1n },
    { quantity: 1, unitPriceMinor: -3n, discountBp: 5000, total: -2n },
  ])(
    'of $quantity × $unitPriceMinor less $discountBp bp rounds a half away from zero, to $total',
    ({ total, ...line }) => {
      expect(lineTotalMinor(line)).toBe(total)
    },
  )

  it.each([
    { quantity: 1, unitPriceMinor: 1n, discountBp: 5001, total: 0n },
    { quantity: 1, unitPriceMinor: 1n, discountBp: 4999, total: 1n },
    { quantity: 1, unitPriceMinor: -1n, discountBp: 5001, total: 0n },
    { quantity: 1, unitPriceMinor: -1n, discountBp: 4999, total: -1n },
    { quantity: 7, unitPriceMinor: 1999n, discountBp: 0, total: 13_993n },
    { quantity: 7, unitPriceMinor: 1999n, discountBp: 10_000, total: 0n },
    { quantity: 7, unitPriceMinor: 0n, discountBp: 1500, total: 0n },
    { quantity: 1, unitPriceMinor: 10_000n, discountBp: 1, total: 9999n },
  ])('of $quantity × $unitPriceMinor less $discountBp bp is rounded to $total', ({ total, ...line }) => {
    expect(lineTotalMinor(line)).toBe(total)
  })

  it('is exact for amounts beyond a float', () => {
    const line = { quantity: 10_000, unitPriceMinor: 9_223_372_036_854_775_807n }

    expect(lineTotalMinor({ ...line, discountBp: 0 })).toBe(92_233_720_368_547_758_070_000n)
    expect(lineTotalMinor({ ...line, discountBp: 1 })).toBe(92_224_496_996_510_903_294_193n)
    expect(lineTotalMinor({ ...line, quantity: 1, discountBp: 5000 })).toBe(4_611_686_018_427_387_904n)
  })

  it('is at most half a minor unit off, and away from zero at exactly half', () => {
    const wrong: object[] = []
    for (let discountBp = 0; discountBp <= 10_000; discountBp += 37) {
      for (let unitPriceMinor = 0n; unitPriceMinor <= 400n; unitPriceMinor += 13n) {
        const exact = 3n * unitPriceMinor * BigInt(10_000 - discountBp)
        const off = lineTotalMinor({ quantity: 3, unitPriceMinor, discountBp }) * 10_000n - exact
        if (off <= -5000n || off > 5000n) wrong.push({ discountBp, unitPriceMinor, off })
      }
    }
    expect(wrong).toEqual([])
  })
})

describe('the subtotal of a line', () => {
  it('is its quantity times the unit price, without the discount', () => {
    expect(lineSubtotalMinor({ quantity: 7, unitPriceMinor: 1999n })).toBe(13_993n)
    expect(lineSubtotalMinor({ quantity: 10_000, unitPriceMinor: 9_223_372_036_854_775_807n })).toBe(
      92_233_720_368_547_758_070_000n,
    )
  })
})

describe('a range of money', () => {
  it.each([
    ['USD', '12', 1200n],
    ['USD', '12.5', 1250n],
    ['USD', '12.500', 1250n],
    ['USD', '0.01', 1n],
    ['USD', '-0.01', -1n],
    ['USD', '-12.50', -1250n],
    ['USD', '-0', 0n],
    ['USD', '007.00', 700n],
    ['JPY', '1250', 1250n],
    ['JPY', '1250.000', 1250n],
    ['KWD', '1.250', 1250n],
    ['USD', '999999999999999.99', 99_999_999_999_999_999n],
  ])('is in minor units: %s %s are %s', (currency, amount, minor) => {
    expect(minorRange({ currency, min: amount, max: amount })).toEqual({ gte: minor, lte: minor })
  })

  it('is open without an end', () => {
    expect(minorRange({ currency: 'USD' })).toEqual({})
    expect(minorRange({ currency: 'USD', min: null, max: '1.00' })).toEqual({ lte: 100n })
    expect(minorRange({ currency: 'USD', min: '0.00' })).toEqual({ gte: 0n })
  })

  it('is cut at the database’s largest amount', () => {
    const most = 9_223_372_036_854_775_807n
    const range = minorRange({ currency: 'CLF', min: '-999999999999999.9999', max: '999999999999999.9999' })
    expect(range).toEqual({ gte: -most, lte: most })
  })

  it.each([
    ['USD', '0.001'],
    ['JPY', '0.1'],
    ['KWD', '1.2345'],
  ])('has no end between two minor units: %s %s is refused', (currency, min) => {
    const range = () => minorRange({ currency, min })
    expect(range).toThrow(`${min} has more digits after the point than ${currency}`)
    expect(codeThrownBy(range)).toBe('BAD_USER_INPUT')
  })
})

function codeThrownBy(action: () => unknown): string | undefined {
  try {
    action()
  } catch (error) {
    return codeOf(error)
  }
  return undefined
}
