import { z } from 'zod'
import { demoViewers } from '../../prisma/demo/viewers.ts'
import { countOption, readOptions, runScript } from '../../scripts/run-script.ts'
import { developmentToken } from '../../src/platform/auth/development-keys.ts'
import { parseConfig } from '../../src/platform/config/config.ts'
import { openDemoDatabase } from '../demo-database.ts'
import { ServerProcess } from './server-process.ts'
import { variants } from './variants.ts'

const usage = `npm run bench:rules                                what rules and row policy cost, in CPU of the server a request
npm run bench:rules -- --rounds 200 --requests 50  the same, longer`
const query = `{ orders(first: 20) { edges { node { number status customer { name }
  lines { quantity product { name category { name } supplier { name } } } } } } }`
const viewer = 'support'
const concurrency = 4

await runScript(usage, async () => {
  const { rounds, requests } = parseOptions()
  await using database = await openDemoDatabase()
  const { dataDir } = database
  const servers: ServerProcess[] = []
  try {
    for (const name of Object.keys(variants)) servers.push(await ServerProcess.start(name, database.url, dataDir))
    const headers = await headersOf(dataDir)
    await requireSameAnswers(servers, headers)
    report(await measure(servers, headers, rounds, requests), rounds, requests)
  } finally {
    for (const server of servers) await server.stop()
  }
})

function parseOptions(): { rounds: number; requests: number } {
  const { rounds, requests } = readOptions({ rounds: { type: 'string' }, requests: { type: 'string' } })
  return { rounds: countOption('--rounds', rounds, 60), requests: countOption('--requests', requests, 50) }
}

async function headersOf(dataDir: string): Promise<Record<string, string>> {
  const claims = demoViewers.find(({ name }) => name === viewer)?.claims
  if (!claims) throw new Error(`There is no demo viewer "${viewer}".`)
  const token = await developmentToken(dataDir, parseConfig({ NODE_ENV: 'test' }).auth, claims)
  return { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${token}` }
}

async function ask({ url }: ServerProcess, headers: Record<string, string>): Promise<string> {
  const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) })
  return response.text()
}

/** A variant with another response would not do the same work. */
async function requireSameAnswers(servers: readonly ServerProcess[], headers: Record<string, string>): Promise<void> {
  const answers = await Promise.all(servers.map((server) => ask(server, headers)))
  const answer = z.object({ data: z.object({ orders: z.object({ edges: z.array(z.unknown()).length(20) }) }) })
  const data = answers.map((text) => JSON.stringify(answer.parse(JSON.parse(text)).data))
  if (answers.some((text) => text.includes('"errors"')) || new Set(data).size !== 1) {
    throw new Error('The variants answer differently.')
  }
}

type Series = Map<string, number[]>

/**
 * CPU microseconds of a request, by variant and round. Rounds are short and begin with another variant each, so that
 * other load on the machine affects all of them.
 */
async function measure(
  servers: readonly ServerProcess[],
  headers: Record<string, string>,
  rounds: number,
  requests: number,
): Promise<Series> {
  for (const server of servers) await run(server, headers, 500)
  const series: Series = new Map(servers.map(({ variant }) => [variant, []]))
  for (let round = 0; round < rounds; round++) {
    const start = round % servers.length
    for (const server of [...servers.slice(start), ...servers.slice(0, start)]) {
      const before = await server.cpuMicroseconds()
      await run(server, headers, requests)
      series.get(server.variant)?.push(((await server.cpuMicroseconds()) - before) / requests)
    }
  }
  return series
}

async function run(server: ServerProcess, headers: Record<string, string>, requests: number): Promise<void> {
  let left = requests
  const caller = async () => {
    while (left-- > 0) await ask(server, headers)
  }
  await Promise.all(Array.from({ length: concurrency }, caller))
}

function report(series: Series, rounds: number, requests: number): void {
  const [base = []] = series.values()
  console.log(`CPU of the server a request; ${rounds} rounds of ${requests} requests, ${concurrency} at once\n`)
  console.log('variant            median µs   middle half     against the first   middle half')
  for (const [variant, values] of series) {
    const ratios = values.map((value, round) => (value / (base[round] ?? Number.NaN) - 1) * 100)
    const [low, middle, high] = quartiles(values).map((value) => value.toFixed(0))
    const [lower, ratio, higher] = quartiles(ratios).map((value) => `${value < 0 ? '' : '+'}${value.toFixed(1)} %`)
    const columns = [variant.padEnd(18), middle?.padStart(10), `${low} … ${high}`.padStart(14), ratio?.padStart(18)]
    console.log([...columns, `${lower} … ${higher}`.padStart(20)].join(' '))
  }
}

function quartiles(values: readonly number[]): [number, number, number] {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.round((sorted.length - 1) * share)] ?? Number.NaN
  return [at(0.25), at(0.5), at(0.75)]
}
