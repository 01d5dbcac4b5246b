import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Admission } from '../../../src/platform/admission/admission.ts'
import type { PoolUse } from '../../../src/platform/admission/congestion.ts'
import { CostLimit } from '../../../src/platform/admission/cost-limit.ts'
import type { RunningPlace } from '../../../src/platform/admission/running-place.ts'
import type { Priority } from '../../../src/platform/admission/waiting-line.ts'
import { Metrics } from '../../../src/platform/observability/metrics.ts'

const idle: PoolUse = { waiting: 0, most: 4 }
const congested: PoolUse = { waiting: 5, most: 4 }
/** Of four connections. */
const initialLimit = 16
const never = Number.POSITIVE_INFINITY

let admission: Admission
let poolUse: PoolUse
let logLines: string[]

beforeEach(() => {
  vi.useFakeTimers()
  poolUse = idle
  logLines = []
  const log = pino({ level: 'warn' }, { write: (line) => logLines.push(line) })
  admission = new Admission({ pools: () => [poolUse], queueTimeoutMs: 1000, log, metrics: new Metrics() })
})
afterEach(() => {
  admission.close()
  vi.useRealTimers()
})

/** A request that has asked for a place. */
class Request {
  state: 'waits' | 'runs' | 'shed' = 'waits'
  #place: RunningPlace | undefined

  constructor(priority: Priority, caller: Partial<{ deadline: number; signal: AbortSignal }> = {}) {
    const entered = admission.enter(priority, { deadline: never, ...caller })
    if (!(entered instanceof Promise)) this.#take(entered)
    else void entered.then((place) => this.#take(place))
  }

  get place(): RunningPlace {
    if (!this.#place) throw new Error('it does not run')
    return this.#place
  }

  #take(place: RunningPlace | undefined): void {
    this.#place = place
    this.state = place ? 'runs' : 'shed'
  }
}

function requests(count: number, priority: Priority = 'known'): Request[] {
  return Array.from({ length: count }, () => new Request(priority))
}

function states(all: readonly Request[]): string {
  return [...new Set(all.map(({ state }) => state))].join()
}

/** Each of them has run for this long. */
async function runFor(ms: number, all: readonly Request[]): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms)
  for (const { place } of all) place.leave()
  await vi.advanceTimersByTimeAsync(0)
}

describe('the places of requests that run', () => {
  it('are taken at once, and beyond them requests wait in the order in which they came', async () => {
    const running = requests(initialLimit)
    const [first, second] = [new Request('known'), new Request('known')]
    expect([states(running), first.state, second.state]).toEqual(['runs', 'waits', 'waits'])
    running[0]?.place.leave()
    await vi.advanceTimersByTimeAsync(0)
    expect([first.state, second.state]).toEqual(['runs', 'waits'])
  })

  it('go to known viewers first', async () => {
    const running = requests(initialLimit)
    const [anonymous, known] = [new Request('anonymous'), new Request('known')]
    running[0]?.place.leave()
    await vi.advanceTimersByTimeAsync(0)
    expect([anonymous.state, known.state]).toEqual(['waits', 'runs'])
  })

  it('are free while a request waits for an event', async () => {
    const running = requests(initialLimit)
    const waiting = new Request('known')
    running[0]?.place.pause()
    await vi.advanceTimersByTimeAsync(0)
    expect(waiting.state).toBe('runs')
    // It goes on at once, and gives its place back once.
    running[0]?.place.resume()
    running[0]?.place.leave()
    running[0]?.place.leave()
    const next = new Request('known')
    expect(next.state).toBe('waits')
  })

  it('become more while all are taken and nothing is congested', async () => {
    requests(initialLimit)
    await vi.advanceTimersByTimeAsync(100)
    expect(admission.limit).toBe(18)
    requests(2)
    await vi.advanceTimersByTimeAsync(100)
    expect(admission.limit).toBe(20)
  })

  it('do not become more while some are free', async () => {
    requests(initialLimit - 1)
    await vi.advanceTimersByTimeAsync(1000)
    expect(admission.limit).toBe(initialLimit)
  })

  it('become fewer while more statements wait for a connection than there are connections', async () => {
    requests(initialLimit)
    poolUse = congested
    await vi.advanceTimersByTimeAsync(100)
    expect(admission.limit).toBe(12)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(admission.limit).toBe(congested.most)
  })
})

describe('a request that would wait too long', () => {
  it('is shed at once where the number before it and the mean duration say so', async () => {
    for (let round = 0; round < 20; round++) await runFor(100, requests(initialLimit - 1))
    requests(initialLimit)
    const waiting = requests(400)
    const [shed, run] = [
      waiting.filter(({ state }) => state === 'shed'),
      waiting.filter(({ state }) => state === 'waits'),
    ]
    // Half a second of work, at 100 ms each and 16 at a time.
    expect(run.length).toBeGreaterThan(75)
    expect(run.length).toBeLessThan(90)
    expect(shed.length).toBe(400 - run.length)
    expect(admission.isFullFor('known')).toBe(true)
  })

  it('is shed when it has waited for a second', async () => {
    requests(initialLimit)
    poolUse = congested
    const waiting = new Request('known')
    await vi.advanceTimersByTimeAsync(900)
    expect(waiting.state).toBe('waits')
    await vi.advanceTimersByTimeAsync(150)
    expect(waiting.state).toBe('shed')
  })

  it('is shed at once where no request has ended for a second', async () => {
    requests(initialLimit)
    poolUse = congested
    await vi.advanceTimersByTimeAsync(1100)
    expect(admission.isFullFor('known')).toBe(true)
    expect(new Request('known').state).toBe('shed')
  })

  it('is not shed where requests have run for a long time beside free places', async () => {
    requests(1)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(states(requests(initialLimit - 1))).toBe('runs')
    expect(new Request('known').state).toBe('waits')
  })

  it('is shed after a tenth of the time where others have waited all the time', async () => {
    let all = requests(initialLimit + 4)
    poolUse = congested
    // As many come as end, each after 20 ms.
    for (let step = 0; step < 60; step++) {
      const ended = all.filter(({ state }) => state === 'runs')
      const left = all.filter(({ state }) => state === 'waits')
      await runFor(20, ended)
      all = [...left, ...requests(ended.length)]
    }
    const late = new Request('known')
    expect(late.state).toBe('waits')
    await vi.advanceTimersByTimeAsync(150)
    expect(late.state).toBe('shed')
  })

  it.each([
    ['a tenth of the time where requests are quick', 10, 80],
    ['six durations where requests are slow', 100, 48],
  ])('once others are shed waits where its turn probably comes within half of %s', async (_, ms, count) => {
    for (let round = 0; round < 20; round++) await runFor(ms, requests(initialLimit - 1))
    requests(initialLimit)
    admission.shed('known')
    const waiting = requests(400).filter(({ state }) => state === 'waits')
    expect(Math.abs(waiting.length - count)).toBeLessThan(4)
  })

  it('gives up its turn when its client goes, or when its deadline passes', async () => {
    const running = requests(initialLimit)
    const gone = new AbortController()
    const [leaving, late, last] = [
      new Request('known', { signal: gone.signal }),
      new Request('known', { deadline: performance.now() + 10 }),
      new Request('known'),
    ]
    gone.abort()
    await vi.advanceTimersByTimeAsync(20)
    running[0]?.place.leave()
    await vi.advanceTimersByTimeAsync(0)
    expect([leaving.state, late.state, last.state]).toEqual(['shed', 'shed', 'runs'])
  })
})

describe('operations that cost far more than others', () => {
  const cheap = 10
  const dear = 1000

  it('run while nothing is shed', () => {
    for (let count = 0; count < 200; count++) expect(admission.allowsCost(cheap)).toBe(true)
    expect(admission.allowsCost(dear)).toBe(true)
  })

  it('are refused while known viewers are shed, and run again afterwards', async () => {
    for (let count = 0; count < 200; count++) admission.allowsCost(cheap)
    for (let round = 0; round < 10; round++) {
      admission.shed('known')
      await vi.advanceTimersByTimeAsync(100)
    }
    expect(admission.allowsCost(cheap)).toBe(true)
    expect(admission.allowsCost(dear)).toBe(false)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(admission.allowsCost(dear)).toBe(true)
  })

  it('run while only anonymous viewers are shed', async () => {
    for (let count = 0; count < 200; count++) admission.allowsCost(cheap)
    for (let round = 0; round < 10; round++) {
      admission.shed('anonymous')
      await vi.advanceTimersByTimeAsync(100)
    }
    expect(admission.allowsCost(dear)).toBe(true)
  })
})

describe('shedding', () => {
  it('is one line of the log a second, with the number of requests', async () => {
    for (let count = 0; count < 50; count++) {
      expect(admission.shed('anonymous')).toBeGreaterThanOrEqual(1)
      expect(admission.shed('anonymous')).toBeLessThanOrEqual(3)
      await vi.advanceTimersByTimeAsync(40)
    }
    const shed = logLines.map((line) => Number(/"shed":(\d+)/.exec(line)?.[1]))
    expect(shed).toHaveLength(2)
    expect(shed[1]).toBeGreaterThan(30)
  })
})

describe('an operation without a cost', () => {
  it('runs, also where it is the first one', () => {
    const limit = new CostLimit()
    expect([limit.allows(0), limit.allows(5), limit.allows(0)]).toEqual([true, true, true])
  })
})
