import { describe, expect, it } from 'vitest'
import { type Cost, capacityFor, peakOnOneMachine } from '../../bench/capacity/model.ts'
import type { Shape } from '../../bench/names.ts'

const costs = new Map<Shape, Cost>([
  ['list', { server: 500, database: 250 }],
  ['place', { server: 2500, database: 5000 }],
])
const machines = { speed: 1, databaseCores: 16, roundTripMs: 0.5 }
const reads = (perSecond: number) => ({ perSecond, shares: new Map<Shape, number>([['list', 1]]) })
const mixed = (perSecond: number) => ({
  perSecond,
  shares: new Map<Shape, number>([
    ['list', 9],
    ['place', 1],
  ]),
})

describe('the capacity that a load takes', () => {
  it('is processes that are busy to 65 %, and at least two', () => {
    expect(capacityFor(reads(10), machines, costs, 1)).toMatchObject({ serverCores: 0.005, replicas: 2 })
    expect(capacityFor(reads(13_000), machines, costs, 1)).toMatchObject({ serverCores: 6.5, replicas: 10 })
    expect(capacityFor(reads(26_000), machines, costs, 1).replicas).toBe(20)
  })

  it('is half on a machine that is twice as fast', () => {
    expect(capacityFor(reads(26_000), { ...machines, speed: 2 }, costs, 1).replicas).toBe(10)
  })

  it('takes reads to replicas where the primary would be busier than 65 %, and leaves it the writes', () => {
    // 725 µs a request: 10.15 of 16 cores, and 14.5.
    expect(capacityFor(mixed(14_000), machines, costs, 1).readReplicas).toBe(0)
    const { readReplicas, primaryBusy, writesPerSecond } = capacityFor(mixed(20_000), machines, costs, 1)
    expect({ readReplicas, primaryBusy, writesPerSecond }).toEqual({
      readReplicas: 1,
      primaryBusy: 0.625,
      writesPerSecond: 2000,
    })
  })

  it('says that no replica suffices where the writes alone are too many', () => {
    expect(capacityFor(mixed(100_000), machines, costs, 1).readReplicas).toBe(Number.POSITIVE_INFINITY)
  })

  it('names first what is busiest', () => {
    const { saturation } = capacityFor(mixed(20_000), machines, costs, 1)
    const shares = saturation.map(([, share]) => share)
    expect(shares).toEqual(shares.toSorted((a, b) => b - a))
  })
})

describe('the peak on one machine', () => {
  it('is that of the threads where they are too few, and else that of its cores', () => {
    const cost = { server: 500, database: 200, generator: 100 }
    expect(peakOnOneMachine(cost, 1, 2)).toBe(2000)
    expect(peakOnOneMachine(cost, 2, 2)).toBe(2500)
  })
})
