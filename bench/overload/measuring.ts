import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { quantile } from '../statistics.ts'
import { cpuMicros } from '../streams/process-cpu.ts'
import { type Load, type Outcome, outcomeSchema } from './load.ts'

/** The peak is what so many connections get that send one request at a time. */
export const closedConnections = 32
/** Offered load, in multiples of the peak. */
const multiples = [0.5, 1, 2, 5]
const mostConnections = 1000
const healthEveryMs = 50
const quietShare = 0.5

export interface Measured {
  multiple: number
  perSecond: number
  goodput: number
  p50: number
  p99: number
  shedPerSecond: number
  shedP99: number
  failed: number
  longestHealthMs: number
  rssMb: number
  /** Cores that the server and the load kept busy. */
  cores: { server: number; load: number }
}

/** Loads a server, and asks for its health and memory meanwhile. */
export class Measuring {
  readonly #generator: ChildProcess
  readonly #server: ChildProcess
  readonly #url: string
  readonly #base: Pick<Load, 'urls' | 'requests'>
  peak = 0
  recoveredAfterSeconds = 0
  quietP99 = 0

  constructor(generator: ChildProcess, server: ChildProcess, url: string, requests: string[]) {
    this.#generator = generator
    this.#server = server
    this.#base = { urls: [url], requests }
    this.#url = url
  }

  async run(seconds: number): Promise<Measured[]> {
    await this.#load({ perSecond: 0, connections: closedConnections, seconds: 4 })
    const closed = await this.#load({ perSecond: 0, connections: closedConnections, seconds })
    this.peak = closed.answered.length / seconds
    const measured: Measured[] = []
    for (const multiple of multiples) {
      measured.push(await this.#open(multiple, seconds))
      this.#log(measured.at(-1))
      await delay(1000)
    }
    this.quietP99 = measured[0]?.p99 ?? 0
    await this.#recover()
    return measured
  }

  /** The load falls from five times the peak to half of it. */
  async #recover(): Promise<void> {
    await this.#load({ perSecond: this.peak * 5, connections: mostConnections, seconds: 3 })
    const after = await this.#load({ perSecond: this.peak * quietShare, connections: mostConnections, seconds: 4 })
    const slow = after.answered.filter(([, ms]) => ms > 3 * this.quietP99).map(([second]) => second)
    const shedFor = after.shed.length / (this.peak * quietShare)
    this.recoveredAfterSeconds = Math.max(shedFor, ...slow.filter((_, at) => at < slow.length * 0.99))
  }

  async #open(multiple: number, seconds: number): Promise<Measured> {
    const perSecond = multiple * this.peak
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
      cores: { server: coresOf('server'), load: coresOf('load') },
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

  #log(measured: Measured | undefined): void {
    if (measured) console.error(`${measured.multiple} times the peak: ${Math.round(measured.goodput)} answers a second`)
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
