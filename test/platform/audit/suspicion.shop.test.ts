import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Suspicion, type SuspicionKind } from '../../../src/platform/audit/suspicion.ts'
import { anonymous, type Viewer } from '../../../src/platform/auth/viewer.ts'
import { Metrics } from '../../../src/platform/observability/metrics.ts'
import { createWorld, dataOf, type World } from '../../support/world.ts'

const line = z.object({
  ...{ level: z.literal(40), msg: z.literal('suspicious'), principal: z.string(), kind: z.string() },
  ...{ count: z.number(), requestId: z.string() },
})

const suspicions = (lines: readonly string[]) =>
  lines.filter((text) => text.includes('"suspicious"')).map((text) => line.parse(JSON.parse(text)))

const seconds = (count: number) => count * 1000

/** A counter with a manual clock, for ten denials or reads a minute. */
function watch() {
  const lines: string[] = []
  const metrics = new Metrics()
  let now = 0
  const log = pino({ level: 'warn' }, { write: (text: string) => void lines.push(text) })
  const suspicion = new Suspicion({
    limits: { denials: 10, look_ups: 10, personal_reads: 10, tool_calls: 10 },
    log,
    metrics,
    clock: () => now,
  })
  return {
    at: (second: number) => {
      now = seconds(second)
    },
    count: (amount: number, viewer: Viewer = staff, address = '::1', kind: SuspicionKind = 'denials') =>
      suspicion.count(kind, amount, { viewer, address, requestId: 'r' }),
    told: () => suspicions(lines).map(({ principal, kind, count }) => ({ principal, kind, count })),
    counted: async () => (await metrics.suspicious.get()).values.map(({ value, labels }) => [labels.kind, value]),
  }
}

const staff: Viewer = { ...anonymous, kind: 'staff', id: 'staff-1' }
const burst = { principal: 'staff staff-1', kind: 'denials', count: 10 }

describe('a burst by one principal', () => {
  it('is logged once, however long it lasts', async () => {
    const { at, count, told, counted } = watch()
    for (let second = 0; second < 300; second += 5) {
      at(second)
      count(1)
    }
    expect(told()).toEqual([burst])
    expect(await counted()).toEqual([['denials', 1]])
  })

  it('is a new one after a minute below the limit', () => {
    const { at, count, told } = watch()
    count(10)
    at(61)
    count(9)
    at(122)
    count(10)
    expect(told()).toEqual([burst, burst])
  })

  it('is a new one after a long silence', () => {
    const { at, count, told } = watch()
    count(10)
    at(600)
    count(10)
    expect(told()).toEqual([burst, burst])
  })

  it('is none where it spreads over more than a minute', () => {
    const { at, count, told } = watch()
    for (let second = 0; second < 600; second += 7) {
      at(second)
      count(1)
    }
    expect(told()).toEqual([])
  })

  it('does not count for another principal, or another kind', () => {
    const { count, told } = watch()
    count(9)
    count(9, { ...staff, id: 'staff-2' })
    count(9, staff, '::1', 'personal_reads')
    expect(told()).toEqual([])
    count(1, staff, '::1', 'personal_reads')
    expect(told()).toEqual([{ ...burst, kind: 'personal_reads' }])
  })

  it('of anonymous requests counts per address, which is not logged', () => {
    const { count, told } = watch()
    count(9, anonymous, '192.0.2.1')
    count(9, anonymous, '192.0.2.2')
    expect(told()).toEqual([])
    count(1, anonymous, '192.0.2.1')
    expect(told()).toEqual([{ ...burst, principal: expect.stringMatching(/^anonymous [0-9a-f]{16}$/) }])
  })

  it('is forgotten for the principals that were quiet for longest, when there are too many', () => {
    const { count, told } = watch()
    count(9)
    for (let index = 0; index < 10_000; index++) count(1, { ...staff, id: `other-${index}` })
    count(9)
    expect(told()).toEqual([])
    count(1)
    expect(told()).toEqual([burst])
  })
})

describe('a server', () => {
  const env = { SUSPICIOUS_DENIALS_PER_MINUTE: '3', SUSPICIOUS_PERSONAL_READS_PER_MINUTE: '30' }
  const quiet = async (world: World, viewer: string, query: string) => {
    const before = world.logLines.length
    await world.as(viewer).query(query)
    return suspicions(world.logLines.slice(before))
  }

  it('logs a burst of denials, counting operations and not fields', async () => {
    await using world = await createWorld({ env })
    const query = '{ customers(first: 20) { edges { node { email phone } } } }'
    expect(await quiet(world, 'support', query)).toEqual([])
    expect(await quiet(world, 'support', query)).toEqual([])
    expect(await quiet(world, 'support', query)).toMatchObject([
      { principal: 'staff staff-support', kind: 'denials', count: 3 },
    ])
    expect(await quiet(world, 'support', query)).toEqual([])
    expect(await quiet(world, 'customer ALFKI', '{ auditEvents { totalCount } }')).toEqual([])
  })

  it('logs a burst of reads of personal data, counting subjects', async () => {
    await using world = await createWorld({ env })
    const some = '{ customers(first: 20) { edges { node { email phone } } } }'
    expect(await quiet(world, 'admin', '{ customers(first: 100) { edges { node { name } } } }')).toEqual([])
    expect(await quiet(world, 'admin', some)).toEqual([])
    expect(await quiet(world, 'admin', some)).toMatchObject([
      { principal: 'staff staff-admin', kind: 'personal_reads', count: 40 },
    ])
    dataOf(await world.as('admin').query('{ auditEvents(first: 100) { edges { node { action } } } }'), z.unknown())
  })
})
