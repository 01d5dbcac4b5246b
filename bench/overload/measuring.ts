import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { quantile, spreadOf } from '../statistics.ts'
import { cpuMicros } from '../streams/process-cpu.ts'
import { type Load, type Outcome, outcomeSchema } from './load.ts'

/** The peak is what so many connections get that send one request at a time, just before and just after. */
export const closedConnections = 32
/** Until the compiler of the server has seen everything: its peak grows by a third until then. */
const warmUpSeconds = 10
/** Offered load, in multiples of the peak. */
const multiples = [0.5, 1, 2, 5]
const mostConnections = 1000
const healthEveryMs = 50
const quietShare = 0.5
const restMs = 1000

/** One load in one round. */
export interface Measured {
  multiple: number
  perSecond: number
  goodput: number
  /** The goodput, as a part of the peaks before and after it. */
  ofPeak: number
  p50: number
  p99: number
  shedPerSecond: number
  shedP99: number
  failed: number
  longestHealthMs: number
  rssMb: number
  /** Cores that the server and the load kept busy. */
  serverCores: number
  loadCores: number
}

/** Loads a server, and asks for its health and memory meanwhile. */
export class Measuring {
  readonly #generator: ChildProcess
  readonly #server: ChildProcess
  readonly #url: string
  readonly #base: Pick<Load, 'urls' | 'requests'>
  /** Of all measurements. */
  readonly peaks: number[] = []
  recoveredAfterSeconds = 0

  constructor(generator: ChildProcess, server: ChildProcess, url: string, requests: string[]) {
    this.#generator = generator
    this.#server = server
    this.#base = { urls: [url], requests }
    this.#url = url
  }

  /** What each round has measured, by load. */
  async run({ seconds, rounds }: { seconds: number; rounds: number }): Promise<Measured[][]> {
    await this.#load({ perSecond: 0, connections: closedConnections, seconds: warmUpSeconds })
    const measured: Measured[][] = multiples.map(() => [])
    await this.#measurePeak(seconds)
    for (let round = 0; round < rounds; round++) {
      for (const [at, multiple] of multiples.entries()) {
        const before = this.#peak
        const open = await this.#open(multiple, seconds)
        await delay(restMs)
        await this.#measurePeak(seconds)
        const ofPeak = open.goodput / ((before + this.#peak) / 2)
        measured[at]?.push({ ...open, ofPeak })
        console.error(
          `${multiple} times the peak: ${Math.round(open.goodput)} answers a second, ${ofPeak.toFixed(2)} of it`,
        )
      }
    }
    await this.#recover(spreadOf(measured[0]?.map(({ p99 }) => p99) ?? []).median)
    return measured
  }

  get #peak(): number {
    return this.peaks.at(-1) ?? 0
  }

  async #measurePeak(seconds: number): Promise<void> {
    const { answered } = await this.#load({ perSecond: 0, connections: closedConnections, seconds })
    this.peaks.push(answered.length / seconds)
    await delay(restMs)
  }

  /** The load falls from five times the peak to half of it. */
  async #recover(quietP99: number): Promise<void> {
    const peak = this.#peak
    await this.#load({ perSecond: peak * 5, connections: mostConnections, seconds: 3 })
    const after = await this.#load({ perSecond: peak * quietShare, connections: mostConnections, seconds: 4 })
    const slow = after.answered.filter(([, ms]) => ms > 3 * quietP99).map(([second]) => second)
    const shedFor = after.shed.length / (peak * quietShare)
    this.recoveredAfterSeconds = Math.max(shedFor, ...slow.filter((_, at) => at < slow.length * 0.99))
  }

  async #open(multiple: number, seconds: number): Promise<Omit<Measured, 'ofPeak'>> {
    const perSecond = multiple * this.#peak
    const health = new Health(this.#url)
    const cpuBefore = this.#cpu()
    const outcome = await this.#load({ perSecond, connections: mostConnections, seconds })
    const longestHealthMs = await health.stop()
    const cpuAfter = this.#cpu()
    const coresOf = (of: 'server' | 'load') => (cpuAfter[of] - cpuBefore[of]) / (seconds * 1e6)
    const [p50, p99] = quantiles(outcome.answered.map(([, ms]) => ms))
    return {
      multiple,
      perSecond,
      goodput: outcome.answered.length / seconds,
      p50,
      p99,
      shedPerSecond: outcome.shed.length / seconds,
      shedP99: quantiles(outcome.shed)[1],
      failed: outcome.failed,
      longestHealthMs,
      rssMb: (await this.#rss()) / 2 ** 20,
      serverCores: coresOf('server'),
      loadCores: coresOf('load'),
    }
  }

  async #load(load: Omit<Load, 'urls' | 'requests'>): Promise<Outcome> {
    const answered = once(this.#generator, 'message')
    this.#generator.send({ ...this.#base, ...load })
    const [outcome]: unknown[] = await answered
    return outcomeSchema.parse(outcome)
  }

  #cpu(): { server: number; load: number } {
    return { server: cpuMicros(this.#server.pid), load: cpuMicros(this.#generator.pid) }
  }

  async #rss(): Promise<number> {
    const answered = once(this.#server, 'message')
    this.#server.send('memory')
    const [bytes]: unknown[] = await answered
    return z.number().parse(bytes)
  }
}

/** Asks /healthz again and again. */
class Health {
  readonly #url: string
  readonly #asking: Promise<void>
  #longestMs = 0
  #isStopped = false

  constructor(url: string) {
    this.#url = `${url}/healthz`
    this.#asking = this.#ask()
  }

  async stop(): Promise<number> {
    this.#isStopped = true
    await this.#asking
    return this.#longestMs
  }

  async #ask(): Promise<void> {
    while (!this.#isStopped) {
      const begun = performance.now()
      await (await fetch(this.#url)).text()
      this.#longestMs = Math.max(this.#longestMs, performance.now() - begun)
      await delay(healthEveryMs)
    }
  }
}

function quantiles(ms: readonly number[]): [p50: number, p99: number] {
  const sorted = Float64Array.from(ms).sort()
  return [quantile(sorted, 0.5), quantile(sorted, 0.99)]
}
