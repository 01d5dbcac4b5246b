import { describe, expect, test } from 'vitest'
import { sumOf } from '../../examples/storefront/src/basket/sum.ts'

describe('the sum of a basket', () => {
  test('is exact where floats are not, and has the decimals of its amounts', () => {
    expect(sumOf([{ amount: '0.10', times: 3 }])).toBe('0.30')
    expect(sumOf([{ amount: '9007199254740993.01', times: 10_000 }])).toBe('90071992547409930100.00')
    expect(sumOf([{ amount: '1250', times: 2 }])).toBe('2500')
  })

  test('adds every line times its quantity', () => {
    const lines = [
      { amount: '12.75', times: 2 },
      { amount: '0.05', times: 1 },
      { amount: '3', times: 4 },
    ]
    expect(sumOf(lines)).toBe('37.55')
    expect(sumOf([])).toBe('0')
  })
})
