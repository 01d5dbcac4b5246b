import type pg from 'pg'
import type { Wanted } from './arguments.ts'
import type { LineUp, Runner } from './line-up.ts'
import type { Asker, Spell } from './load.ts'
import type { ContenderName, Shape } from './names.ts'
import { countStatements } from './statement-count.ts'
import { quantile, type Spread, spreadOf } from './statistics.ts'

export const connectionCounts = [16, 64] as const
type Connections = (typeof connectionCounts)[number]

/** The measurements of one contender at one shape, over the rounds. */
export interface Figures {
  /** CPU time of the server process for a request, in microseconds, over both numbers of connections. */
  cpuMicros: Spread
  rps: Record<Connections, Spread>
  p50Ms: Record<Connections, Spread>
  p99Ms: Record<Connections, Spread>
  statements: number
  /** Memory of the server process after each round. */
  rssMebibytes: Spread
}

export type Measured = ReadonlyMap<Shape, ReadonlyMap<ContenderName, Figures>>

interface Round {
  cpuMicros: number
  rssBytes: number
  spells: Record<Connections, { rps: number; p50Ms: number; p99Ms: number }>
}

/**
 * Interleaved rounds: each round measures every contender at one shape before the next shape, and each round begins
 * with another contender, so that a noisy minute affects all of them. Orders are placed after all reads, which would
 * otherwise find other data in each round.
 */
export async function measure(lineUp: LineUp, wanted: Wanted, client: pg.Client): Promise<Measured> {
  const reads = wanted.shapes.filter((shape) => shape !== 'place')
  const writes = wanted.shapes.filter((shape) => shape === 'place')
  const measured = new Map<Shape, Map<ContenderName, Figures>>()
  for (const shapes of [reads, writes]) {
    const rounds = await playRounds(lineUp.runners, shapes, wanted)
    for (const shape of shapes) {
      const figures = new Map<ContenderName, Figures>()
      for (const { contender, askers } of lineUp.runners) {
        const statements = await countStatements(client, askerOf(askers, shape))
        figures.set(contender.name, figuresOf(rounds.get(`${shape} ${contender.name}`) ?? [], statements))
      }
      measured.set(shape, figures)
    }
  }
  return measured
}

async function playRounds(
  runners: readonly Runner[],
  shapes: readonly Shape[],
  { rounds, spellMs, warmUpMs }: Wanted,
): Promise<Map<string, Round[]>> {
  for (const shape of shapes) {
    for (const { contender, askers } of runners) {
      console.error(`Warming up: ${shape}, ${contender.name}`)
      await askerOf(askers, shape).load(connectionCounts[0], warmUpMs)
    }
  }
  const played = new Map<string, Round[]>()
  for (let round = 0; round < rounds; round++) {
    for (const shape of shapes) {
      const inTurn = runners.map((_, index) => runners[(index + round) % runners.length])
      const told: string[] = []
      for (const runner of inTurn) {
        if (!runner) continue
        const result = await playRound(askerOf(runner.askers, shape), spellMs)
        const key = `${shape} ${runner.contender.name}`
        played.set(key, [...(played.get(key) ?? []), result])
        told.push(`${runner.contender.name} ${Math.round(result.cpuMicros)}`)
      }
      console.error(`Round ${round + 1} of ${rounds}: ${shape.padEnd(9)} CPU µs: ${told.sort().join(', ')}`)
    }
  }
  return played
}

async function playRound(asker: Asker, spellMs: number): Promise<Round> {
  const few = await asker.load(16, spellMs)
  const many = await asker.load(64, spellMs)
  return {
    cpuMicros: (few.cpuMicros + many.cpuMicros) / (few.requests + many.requests),
    rssBytes: many.rssBytes,
    spells: { 16: summaryOf(few), 64: summaryOf(many) },
  }
}

function summaryOf({ requests, elapsedMs, latenciesMs }: Spell) {
  return {
    rps: (requests / elapsedMs) * 1000,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
  }
}

function figuresOf(rounds: readonly Round[], statements: number): Figures {
  const atEach = (figure: 'rps' | 'p50Ms' | 'p99Ms') => ({
    16: spreadOf(rounds.map(({ spells }) => spells[16][figure])),
    64: spreadOf(rounds.map(({ spells }) => spells[64][figure])),
  })
  return {
    cpuMicros: spreadOf(rounds.map(({ cpuMicros }) => cpuMicros)),
    rps: atEach('rps'),
    p50Ms: atEach('p50Ms'),
    p99Ms: atEach('p99Ms'),
    statements,
    rssMebibytes: spreadOf(rounds.map(({ rssBytes }) => rssBytes / 2 ** 20)),
  }
}

function askerOf(askers: ReadonlyMap<Shape, Asker>, shape: Shape): Asker {
  const asker = askers.get(shape)
  if (!asker) throw new Error(`Nobody was prepared for ${shape}.`)
  return asker
}
