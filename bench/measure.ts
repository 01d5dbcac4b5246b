import type pg from 'pg'
import type { Wanted } from './arguments.ts'
import { DatabaseCpu, type DatabaseCpuSource } from './database-cpu.ts'
import type { LineUp, Runner } from './line-up.ts'
import { type Asker, RequestFailed, type Spell } from './load.ts'
import type { ContenderName, Shape } from './names.ts'
import { countStatements, type StatementCount } from './statement-count.ts'
import { quantile, type Spread, spreadOf } from './statistics.ts'

export const connectionCounts = [1, 16, 64] as const
type Connections = (typeof connectionCounts)[number]

/** The measurements of one contender at one shape, over the rounds. CPU times are those at 16 and 64 connections. */
export interface Figures extends StatementCount {
  /** CPU time of the server process for a request, in microseconds. */
  cpuMicros: Spread
  /** CPU time of the database for a request, in microseconds. */
  databaseMicros: Spread
  /** Both together. */
  totalMicros: Spread
  rps: Record<Connections, Spread>
  p50Ms: Record<Connections, Spread>
  p99Ms: Record<Connections, Spread>
  /** Memory of the server process after each round. */
  rssMebibytes: Spread
}

/** A contender that could not respond to every request has no figures. */
export interface Failure {
  /** Such as "failed: 3 of 1200, DEADLINE_EXCEEDED". */
  failure: string
}

export interface Measured {
  outcomes: ReadonlyMap<Shape, ReadonlyMap<ContenderName, Figures | Failure>>
  databaseCpuSource: DatabaseCpuSource
  /** Completed rounds; fewer than wanted after an interruption. */
  rounds: number
}

export function isFailure(outcome: Figures | Failure): outcome is Failure {
  return 'failure' in outcome
}

interface Round {
  cpuMicros: number
  databaseMicros: number
  rssBytes: number
  spells: Record<Connections, { rps: number; p50Ms: number; p99Ms: number }>
}

/**
 * Interleaved rounds: each round measures every contender at one shape before the next shape, and each round begins
 * with another contender, so that a noisy minute affects all of them. Orders are placed after all reads, which would
 * otherwise find other data in each round. `signal` ends it after the current spell, with the rounds that are complete.
 */
export async function measure(
  { runners }: LineUp,
  { shapes, rounds, spellMs, warmUpMs }: Wanted,
  client: pg.Client,
  signal: AbortSignal,
): Promise<Measured> {
  const database = await DatabaseCpu.on(client)
  const tracks = new Map(
    shapes.map((shape) => {
      const able = runners.filter(({ askers }) => askers.has(shape))
      return [shape, able.map((runner) => new Track(runner, shape, database))]
    }),
  )
  let completed = 0
  for (const group of [shapes.filter((shape) => shape !== 'place'), shapes.filter((shape) => shape === 'place')]) {
    const lanes = group.map((shape) => tracks.get(shape) ?? [])
    for (const track of lanes.flat()) if (!signal.aborted) await track.warmUp(client, warmUpMs)
    for (let round = 0; round < rounds && !signal.aborted; round++) {
      for (const lane of lanes) {
        const inTurn = [...lane.slice(round % lane.length), ...lane.slice(0, round % lane.length)]
        for (const track of inTurn) if (!signal.aborted) await track.play(spellMs)
        if (!signal.aborted) console.error(`Round ${round + 1} of ${rounds}: ${lane.map(String).join(', ')}`)
      }
      if (!signal.aborted) completed = round + 1
    }
  }
  const outcomes = [...tracks].map(([shape, lane]) => {
    const known = lane.flatMap((track) => (track.outcome ? ([[track.name, track.outcome]] as const) : []))
    return [shape, new Map(known)] as const
  })
  return {
    outcomes: new Map(outcomes.filter(([, known]) => known.size > 0)),
    databaseCpuSource: database.source,
    rounds: completed,
  }
}

/** One contender at one shape. */
class Track {
  readonly name: ContenderName
  readonly #shape: Shape
  readonly #asker: Asker
  readonly #database: DatabaseCpu
  readonly #rounds: Round[] = []
  readonly #failures: string[] = []
  #requests = 0
  #statements: StatementCount | undefined

  constructor({ contender, askers }: Runner, shape: Shape, database: DatabaseCpu) {
    const asker = askers.get(shape)
    if (!asker) throw new Error(`${contender.name} has no document for ${shape}.`)
    this.name = contender.name
    this.#shape = shape
    this.#asker = asker
    this.#database = database
  }

  async warmUp(client: pg.Client, forMs: number): Promise<void> {
    console.error(`Warming up: ${this.#shape}, ${this.name}`)
    await this.#attempt(async () => {
      await this.#load(16, forMs)
      this.#statements = await countStatements(client, this.#asker)
    })
  }

  async play(spellMs: number): Promise<void> {
    await this.#attempt(async () => {
      const one = await this.#load(1, spellMs)
      const few = await this.#load(16, spellMs)
      const many = await this.#load(64, spellMs)
      const requests = few.requests + many.requests
      if (one.requests === 0 || requests === 0) return
      this.#rounds.push({
        cpuMicros: (few.cpuMicros + many.cpuMicros) / requests,
        databaseMicros: (few.databaseMicros + many.databaseMicros) / requests,
        rssBytes: many.rssBytes,
        spells: { 1: summaryOf(one), 16: summaryOf(few), 64: summaryOf(many) },
      })
    })
  }

  get outcome(): Figures | Failure | undefined {
    const [code] = this.#failures
    if (code !== undefined) {
      const all = this.#requests + this.#failures.length
      return { failure: `failed: ${this.#failures.length} of ${all}, ${code}` }
    }
    return this.#statements && this.#rounds.length > 0 ? figuresOf(this.#rounds, this.#statements) : undefined
  }

  /** The last round, for the progress on the terminal. */
  toString(): string {
    const { outcome } = this
    const last = this.#rounds.at(-1)
    if (outcome && isFailure(outcome)) return `${this.#shape} ${this.name} ${outcome.failure}`
    return `${this.#shape} ${this.name} ${Math.round(last?.cpuMicros ?? 0)} + ${Math.round(last?.databaseMicros ?? 0)} µs`
  }

  async #load(connections: number, forMs: number): Promise<Spell> {
    const spell = await this.#asker.load(connections, forMs, this.#database)
    this.#requests += spell.requests
    this.#failures.push(...spell.failures)
    return spell
  }

  /** An error of a contender is its outcome; the others are measured on. */
  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      console.error(error instanceof Error ? error.message : String(error))
      this.#failures.push(error instanceof RequestFailed ? error.code : 'its process has ended')
    }
  }
}

function summaryOf({ requests, elapsedMs, latenciesMs }: Spell) {
  return {
    rps: (requests / elapsedMs) * 1000,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
  }
}

function figuresOf(rounds: readonly Round[], statements: StatementCount): Figures {
  const atEach = (figure: 'rps' | 'p50Ms' | 'p99Ms') => ({
    1: spreadOf(rounds.map(({ spells }) => spells[1][figure])),
    16: spreadOf(rounds.map(({ spells }) => spells[16][figure])),
    64: spreadOf(rounds.map(({ spells }) => spells[64][figure])),
  })
  return {
    ...statements,
    cpuMicros: spreadOf(rounds.map(({ cpuMicros }) => cpuMicros)),
    databaseMicros: spreadOf(rounds.map(({ databaseMicros }) => databaseMicros)),
    totalMicros: spreadOf(rounds.map(({ cpuMicros, databaseMicros }) => cpuMicros + databaseMicros)),
    rps: atEach('rps'),
    p50Ms: atEach('p50Ms'),
    p99Ms: atEach('p99Ms'),
    rssMebibytes: spreadOf(rounds.map(({ rssBytes }) => rssBytes / 2 ** 20)),
  }
}
