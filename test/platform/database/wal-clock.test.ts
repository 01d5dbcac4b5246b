import { describe, expect, it } from 'vitest'
import { WalClock } from '../../../src/platform/database/wal-clock.ts'
import { laterOf, lsn, positionIn, type WalPosition } from '../../../src/platform/database/wal-position.ts'

const at = (place: number, timeline = 1, cluster = 'one'): WalPosition => ({ cluster, timeline, lsn: BigInt(place) })

describe('a position in the log', () => {
  it('is read from the texts of PostgreSQL', () => {
    const rows = [{ cluster: '7713531131218426503', timeline: '0000000A', lsn: '16/B374D848' }]
    expect(positionIn(rows)).toEqual({ cluster: '7713531131218426503', timeline: 10, lsn: 0x16b374d848n })
    expect(lsn.parse('FFFFFFFF/FFFFFFFF')).toBe(2n ** 64n - 1n)
    expect(lsn.safeParse('16B374D848').success).toBe(false)
  })

  it('is the later of two, and unknown where they do not compare', () => {
    expect(laterOf(at(1), at(2))).toEqual(at(2))
    expect(laterOf(at(2), at(1))).toEqual(at(2))
    expect([laterOf(at(1), at(2, 2)), laterOf(at(1), at(2, 1, 'two')), laterOf('unknown', at(1))]).toEqual([
      'unknown',
      'unknown',
      'unknown',
    ])
  })
})

describe('the clock of the primary’s log', () => {
  it('tells since when a replica may lack something', () => {
    const clock = new WalClock()
    expect(clock.timeOf(at(100))).toBeUndefined()
    for (const [place, time] of [
      [100, 1000],
      [200, 2000],
      [300, 3000],
    ] as const)
      clock.record(at(place), time)
    expect([99, 100, 199, 200, 300, 400].map((place) => clock.timeOf(at(place)))).toEqual([
      undefined,
      ...[1000, 1000, 2000, 3000, 3000],
    ])
  })

  it('counts no lag while the primary writes nothing', () => {
    const clock = new WalClock()
    for (let time = 0; time <= 3_600_000; time += 250) clock.record(at(100), time)
    expect(clock.timeOf(at(100))).toBe(3_600_000)
    clock.record(at(101), 3_600_250)
    expect(clock.timeOf(at(100))).toBe(3_600_000)
  })

  it('knows the lag of a replica that is minutes behind, in bounded memory', () => {
    const clock = new WalClock()
    for (let place = 0; place < 10_000; place++) clock.record(at(place), place * 250)
    expect(clock.timeOf(at(9_999 - 900))).toBe((9_999 - 900) * 250)
    expect(clock.timeOf(at(10))).toBeUndefined()
  })

  it('begins anew with another timeline or cluster', () => {
    for (const other of [at(50, 2), at(50, 1, 'two')]) {
      const clock = new WalClock()
      clock.record(at(100), 1000)
      clock.record(other, 2000)
      expect([clock.timeOf(at(100)), clock.timeOf(other)]).toEqual([undefined, 2000])
    }
  })

  it('finds where what an earlier timeline showed is visible, and nothing for a later one or another cluster', () => {
    const clock = new WalClock()
    clock.record(at(500, 3), 1000)
    clock.record(at(600, 3), 2000)
    expect(clock.hereOf(at(550, 3))).toEqual(at(550, 3))
    expect(clock.hereOf(at(900, 2))).toEqual(at(500, 3))
    expect([clock.hereOf(at(1, 4)), clock.hereOf(at(1, 3, 'two'))]).toEqual([undefined, undefined])
  })
})
