import { describe, expect, it } from 'vitest'
import { isoText } from '../../../src/platform/graphql/date-time.ts'

const moments = [
  '1970-01-01T00:00:00.000Z',
  '1969-12-31T23:59:59.999Z',
  '0001-01-01T00:00:00.001Z',
  '9999-12-31T23:59:59.999Z',
  '2024-02-29T12:34:56.078Z',
  '+010000-01-01T00:00:00.000Z',
  '-000001-07-04T05:06:07.080Z',
]

describe('the text of a moment', () => {
  it.each(moments)('is that of the built-in method: %s', (text) => {
    expect(isoText(new Date(text))).toBe(text)
  })

  it('is that of the built-in method for moments in any order', () => {
    for (let turn = 0; turn < 2000; turn++) {
      const moment = new Date(Math.floor((Math.random() - 0.5) * 2e14))
      expect(isoText(moment)).toBe(moment.toISOString())
    }
  })

  it('is refused for an invalid date', () => {
    expect(() => isoText(new Date(Number.NaN))).toThrow(RangeError)
  })
})
