import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MemoryTokenBuckets } from '../../../src/platform/limits/token-bucket.ts'

const hundred = () => new MemoryTokenBuckets({ capacity: 100, restorePerSecond: 10 })
const granted = (available: number) => ({ granted: true, available, retryAfterSeconds: 0 })
const refused = (available: number, retryAfterSeconds: number) => ({ granted: false, available, retryAfterSeconds })

describe('a bucket', () => {
  it('is full at first', () => {
    const buckets = hundred()
    expect(buckets.take('a', 101, 0)).toEqual(refused(100, 1))
    expect(buckets.take('a', 100, 0)).toEqual(granted(0))
  })

  it('grants all points or none, and says when there will be enough', () => {
    const buckets = hundred()
    expect(buckets.take('a', 60, 0)).toEqual(granted(40))
    expect(buckets.take('a', 41, 0)).toEqual(refused(40, 1))
    expect(buckets.take('a', 65, 0)).toEqual(refused(40, 3))
    expect(buckets.take('a', 40, 0)).toEqual(granted(0))
  })

  it('refills at its rate, in fractions of seconds too, and never beyond its capacity', () => {
    const buckets = hundred()
    buckets.take('a', 100, 1000)
    expect(buckets.take('a', 6, 1500)).toEqual(refused(5, 1))
    expect(buckets.take('a', 5, 1500)).toEqual(granted(0))
    expect(buckets.take('a', 1, 1_000_000)).toEqual(granted(99))
  })

  it('grants after the announced time', () => {
    const buckets = hundred()
    buckets.take('a', 100, 0)
    const { retryAfterSeconds } = buckets.take('a', 73, 0)
    expect(retryAfterSeconds).toBe(8)
    expect(buckets.take('a', 73, 7000)).toEqual(refused(70, 1))
    expect(buckets.take('a', 73, 8000)).toEqual(granted(7))
  })

  it('takes unused points back, and never beyond its capacity', () => {
    const buckets = hundred()
    buckets.take('a', 80, 0)
    buckets.giveBack('a', 30, 0)
    expect(buckets.take('a', 0, 0)).toEqual(granted(50))
    buckets.giveBack('a', 1000, 0)
    buckets.giveBack('stranger', 1000, 0)
    expect(buckets.take('a', 0, 0)).toEqual(granted(100))
    expect(buckets.take('stranger', 0, 0)).toEqual(granted(100))
  })

  it('is independent of other keys', () => {
    const buckets = hundred()
    buckets.take('a', 100, 0)
    expect(buckets.take('b', 100, 0)).toEqual(granted(0))
  })

  it('neither gains nor loses when the clock is set back', () => {
    const buckets = hundred()
    buckets.take('a', 100, 10_000)
    expect(buckets.take('a', 0, 0)).toEqual(granted(0))
    expect(buckets.take('a', 10, 1000)).toEqual(granted(0))
  })

  it('never grants more than its capacity and refill, for any sequence of takes', () => {
    const step = fc.record({ after: fc.nat(3000), points: fc.nat(120), unused: fc.nat(120) })
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const buckets = hundred()
        let now = 0
        let used = 0
        for (const { after, points, unused } of steps) {
          now += after
          const taken = buckets.take('a', points, now)
          const back = Math.min(points, unused)
          if (taken.granted) buckets.giveBack('a', back, now)
          if (taken.granted) used += points - back
          expect(taken.available).toBeGreaterThanOrEqual(0)
          expect(used).toBeLessThanOrEqual(100 + now / 100 + 1e-6)
        }
      }),
    )
  })
})

describe('the buckets', () => {
  it('are dropped when they are full again', () => {
    const buckets = hundred()
    for (let index = 0; index < 50; index++) buckets.take(`early ${index}`, 100, 0)
    expect(buckets.size).toBe(50)
    for (let index = 0; index < 50; index++) buckets.take(`late ${index}`, 100, 10_000)
    expect(buckets.size).toBe(50)
    buckets.giveBack('late 0', 100, 10_000)
    expect(buckets.size).toBe(49)
  })

  it('are bounded in number, and the least recently used one is dropped first', () => {
    const buckets = new MemoryTokenBuckets({ capacity: 100, restorePerSecond: 10 }, { maxKeys: 3 })
    for (const key of ['a', 'b', 'c', 'a', 'd']) buckets.take(key, 50, 0)
    expect(buckets.size).toBe(3)
    expect(['a', 'c', 'd'].map((key) => buckets.take(key, 0, 0).available)).toEqual([0, 50, 50])
    expect(buckets.take('b', 0, 0).available).toBe(100)
  })
})
