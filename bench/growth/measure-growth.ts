import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type BenchDatabase, openBenchDatabase } from '../database.ts'
import { DatabaseCpu } from '../database-cpu.ts'
import { type LineUp, startLineUp } from '../line-up.ts'
import type { Asker } from '../load.ts'
import type { Shape } from '../names.ts'
import { quantile, type Spread, spreadOf } from '../statistics.ts'
import { drawGrowth } from './picture.ts'
import { writeGrowthReport } from './report.ts'

/** One row, a nested list, a row with lists and counts, and a page far down. */
export const growthShapes = ['product', 'orders20', 'deep', 'page'] as const
export type GrowthShape = (typeof growthShapes)[number]

export const connectionCounts = [1, 16, 64, 256] as const
/** The shape and the size at which the connections are counted. */
export const crowdedShape = 'orders20'

export interface GrowthWanted {
  sizes: readonly number[]
  rounds: number
}

export interface Growth {
  /** CPU time of a request, server and database together, in microseconds: by shape, then by number of orders. */
  costs: ReadonlyMap<GrowthShape, ReadonlyMap<number, Cost>>
  /** With the number of orders in the middle. */
  crowds: ReadonlyMap<number, Crowd>
  crowdedSize: number
}

interface Cost {
  cpuMicros: Spread
  databaseMicros: Spread
  totalMicros: Spread
}

interface Crowd {
  rps: Spread
  p99Ms: Spread
  rssMebibytes: Spread
}

const poolSize = 20
const connections = 16
const warmUpMs = 2000
const spellMs = 1000

/** A database of one size, and Frontdoor in front of it. */
class Site {
  readonly size: number
  readonly cpu: DatabaseCpu
  readonly #database: BenchDatabase
  readonly #lineUp: LineUp

  private constructor(size: number, database: BenchDatabase, lineUp: LineUp, cpu: DatabaseCpu) {
    this.size = size
    this.cpu = cpu
    this.#database = database
    this.#lineUp = lineUp
  }

  static async open(size: number): Promise<Site> {
    const database = await openBenchDatabase(size)
    try {
      const ground = { database: database.urls, poolSize, sample: database.sample, base: '.' }
      const lineUp = await startLineUp(['frontdoor'], growthShapes, ground, size)
      return new Site(size, database, lineUp, await DatabaseCpu.on(database.client))
    } catch (error) {
      await database.stop()
      throw error
    }
  }

  asker(shape: Shape): Asker {
    const asker = this.#lineUp.runners[0]?.askers.get(shape)
    if (!asker) throw new Error(`Frontdoor has no document for ${shape}.`)
    return asker
  }

  async close(): Promise<void> {
    await this.#lineUp.stop()
    await this.#database.stop()
  }
}

/** All sizes are measured in turn, so that a noisy minute affects each of them. */
export async function measureGrowth({ sizes, rounds }: GrowthWanted): Promise<void> {
  const sites: Site[] = []
  try {
    for (const size of sizes) sites.push(await Site.open(size))
    const crowded = sites[Math.floor(sites.length / 2)]
    if (!crowded) throw new Error('There is no size to measure.')
    const costs = await costsOf(sites, rounds)
    const growth = { costs, crowds: await crowdsAt(crowded, rounds), crowdedSize: crowded.size }
    const folder = join(import.meta.dirname, '..')
    const report = writeGrowthReport(growth, { sizes, rounds })
    await writeFile(join(folder, 'growth.md'), report)
    await writeFile(join(folder, 'growth.svg'), drawGrowth(growth))
    console.log(report)
  } finally {
    for (const site of sites) await site.close()
  }
}

async function costsOf(sites: readonly Site[], rounds: number): Promise<Growth['costs']> {
  const samples = growthShapes.flatMap((shape) =>
    sites.map((site) => ({ shape, site, cpu: [] as number[], database: [] as number[] })),
  )
  for (const { site, shape } of samples) await site.asker(shape).load(connections, warmUpMs, site.cpu)
  for (let round = 0; round < rounds; round++) {
    for (const { site, shape, cpu, database } of samples) {
      const { requests, cpuMicros, databaseMicros } = await site.asker(shape).load(connections, spellMs, site.cpu)
      cpu.push(cpuMicros / requests)
      database.push(databaseMicros / requests)
    }
    console.error(`Round ${round + 1} of ${rounds} of the sizes`)
  }
  const costs = new Map<GrowthShape, Map<number, Cost>>(growthShapes.map((shape) => [shape, new Map()]))
  for (const { shape, site, cpu, database } of samples) {
    costs.get(shape)?.set(site.size, {
      cpuMicros: spreadOf(cpu),
      databaseMicros: spreadOf(database),
      totalMicros: spreadOf(cpu.map((micros, round) => micros + (database[round] ?? 0))),
    })
  }
  return costs
}

async function crowdsAt(site: Site, rounds: number): Promise<Growth['crowds']> {
  const samples = connectionCounts.map((count) => ({
    count,
    rps: [] as number[],
    p99Ms: [] as number[],
    rss: [] as number[],
  }))
  for (let round = 0; round < rounds; round++) {
    for (const { count, rps, p99Ms, rss } of samples) {
      const spell = await site.asker(crowdedShape).load(count, spellMs, site.cpu)
      rps.push((spell.requests / spell.elapsedMs) * 1000)
      p99Ms.push(quantile(spell.latenciesMs, 0.99))
      rss.push(spell.rssBytes / 2 ** 20)
    }
    console.error(`Round ${round + 1} of ${rounds} of the connections`)
  }
  return new Map(
    samples.map(({ count, rps, p99Ms, rss }) => {
      return [count, { rps: spreadOf(rps), p99Ms: spreadOf(p99Ms), rssMebibytes: spreadOf(rss) }]
    }),
  )
}
