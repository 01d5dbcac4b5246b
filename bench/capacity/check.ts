import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { z } from 'zod'
import { DatabaseCpu } from '../database-cpu.ts'
import { openDemoDatabase } from '../demo-database.ts'
import { type Load, outcomeSchema } from '../overload/load.ts'
import { adminOf, requestOf } from '../overload/requests.ts'
import { spreadOf } from '../statistics.ts'
import { cpuMicros } from '../streams/process-cpu.ts'
import { peakOnOneMachine } from './model.ts'

/** Of ten requests. */
const mix = { list: 5, product: 3, orders20: 2 }
const connections = 32
const warmUpSeconds = 3
const seconds = 4
const rounds = 5
/** How far a prediction may be from what is measured. */
const tolerance = 0.2
const bench = join(import.meta.dirname, '..')

type CostHere = { server: number; database: number; generator: number }

/**
 * Measures what a request of each shape costs here, predicts from it how many requests of a mix one and two processes serve,
 * and measures that. Servers, database and load share the cores of this machine. Throws where a prediction is not good.
 */
export async function checkPrediction(): Promise<void> {
  await using database = await openDemoDatabase()
  const { dataDir } = database
  const client = new pg.Client({ connectionString: database.ownerUrl })
  const children: ChildProcess[] = []
  const start = (file: string, ...args: string[]) => {
    const child = fork(join(bench, 'overload', file), args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    children.push(child)
    return child
  }
  try {
    await client.connect()
    const generator = start('generator.ts')
    const servers = [start('server.ts', database.url, dataDir), start('server.ts', database.url, dataDir)]
    const urls = await Promise.all(servers.map(async (server) => z.string().parse((await once(server, 'message'))[0])))
    const here = new Here({ generator, servers, urls, database: await DatabaseCpu.on(client), dataDir })
    await here.check()
  } finally {
    for (const child of children.filter(({ connected }) => connected)) {
      const exited = once(child, 'exit')
      child.disconnect()
      await exited
    }
    await client.end()
  }
}

interface Parts {
  generator: ChildProcess
  servers: readonly ChildProcess[]
  urls: readonly string[]
  database: DatabaseCpu
  dataDir: string
}

class Here {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async check(): Promise<void> {
    const authorization = await adminOf(this.#parts.dataDir)
    const shapes = (Object.keys(mix) as (keyof typeof mix)[]).map((shape) => ({
      shape,
      share: mix[shape],
      request: requestOf(shape, authorization),
    }))
    const requests = shapes.flatMap(({ share, request }) => Array.from({ length: share }, () => request))
    await this.#load(requests, 2, warmUpSeconds)
    const costs: { shape: string; share: number; cost: CostHere }[] = []
    for (const { shape, share, request } of shapes) costs.push({ shape, share, cost: await this.#costOf(request) })
    const cost = weighted(costs)
    console.log(
      `a request of the mix (${Object.entries(mix)
        .map(([name, share]) => `${name} ${share}0 %`)
        .join(', ')}):`,
    )
    console.log(
      `server ${Math.round(cost.server)} µs, database ${Math.round(cost.database)} µs, load ${Math.round(cost.generator)} µs\n`,
    )
    const results: number[] = []
    for (const processes of [1, 2]) {
      const predicted = peakOnOneMachine(cost, processes, availableParallelism())
      const measured: number[] = []
      for (let round = 0; round < rounds; round++) measured.push(await this.#load(requests, processes, seconds))
      const { median, lowest, highest } = spreadOf(measured)
      results.push(predicted / median)
      console.log(
        `${processes} process(es): predicted ${Math.round(predicted)}, measured ${Math.round(median)} ` +
          `(${Math.round(lowest)} to ${Math.round(highest)}) requests a second: ${(predicted / median).toFixed(2)}`,
      )
    }
    if (results.some((ratio) => Math.abs(ratio - 1) > tolerance))
      throw new Error(`A prediction is more than ${100 * tolerance} % from what was measured.`)
  }

  /** Of one process, at its peak. */
  async #costOf(request: string): Promise<CostHere> {
    const { database, generator, servers } = this.#parts
    const [server] = servers
    const before = [cpuMicros(server?.pid), cpuMicros(generator.pid)] as const
    const databaseSince = await database.count()
    const count = (await this.#load([request], 1, seconds)) * seconds
    return {
      server: (cpuMicros(server?.pid) - before[0]) / count,
      database: (await databaseSince()) / count,
      generator: (cpuMicros(generator.pid) - before[1]) / count,
    }
  }

  /** Answers a second. */
  async #load(requests: string[], processes: number, forSeconds: number): Promise<number> {
    const { generator, urls } = this.#parts
    const load: Load = { urls: urls.slice(0, processes), requests, perSecond: 0, connections, seconds: forSeconds }
    const done = once(generator, 'message')
    generator.send(load)
    const [outcome]: unknown[] = await done
    const { answered, failed, shed } = outcomeSchema.parse(outcome)
    if (failed > 0 || shed.length > 0) throw new Error(`${failed} requests failed and ${shed.length} were shed.`)
    return answered.length / forSeconds
  }
}

function weighted(costs: readonly { share: number; cost: CostHere }[]): CostHere {
  const total = costs.reduce((sum, { share }) => sum + share, 0)
  const part = (of: (cost: CostHere) => number) =>
    costs.reduce((sum, { share, cost }) => sum + (share / total) * of(cost), 0)
  return {
    server: part(({ server }) => server),
    database: part(({ database }) => database),
    generator: part(({ generator }) => generator),
  }
}
