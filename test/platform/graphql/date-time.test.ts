import { describe, expect, it } from 'vitest'
import { momentIn } from '../../../src/platform/database/moment.ts'
import { dateText, isoText, timeText } from '../../../src/platform/graphql/date-time.ts'
import { DateTimeScalar } from '../../../src/platform/graphql/scalars.ts'

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

describe('what a standard cannot say', () => {
  it.each([
    ['infinity', '9999-12-31T23:59:59.999Z'],
    ['10000-01-01T00:00:00+00:00', '9999-12-31T23:59:59.999Z'],
    ['-infinity', '0001-01-01T00:00:00.000Z'],
    ['0044-03-15T12:00:00+00:00 BC', '0001-01-01T00:00:00.000Z'],
    ['2026-08-21T14:30:00.123456+00:00', '2026-08-21T14:30:00.123Z'],
  ])('is the first or the last moment of its years: %s', (text, shown) => {
    expect(DateTimeScalar.serialize(momentIn(text))).toBe(shown)
    expect(dateText(momentIn(text))).toBe(shown.slice(0, 10))
  })

  it.each([
    ['24:00:00', '23:59:59.999'],
    ['14:30:00', '14:30:00'],
    ['14:30:00.0625', '14:30:00.062'],
  ])('is the last time of the day: %s', (text, shown) => {
    expect(timeText(momentIn(text))).toBe(shown)
  })
})
