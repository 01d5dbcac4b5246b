import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { startCarrier } from '../../examples/services/carrier.ts'
import { startReviews } from '../../examples/services/reviews.ts'
import type { Faults } from '../../examples/services/service.ts'
import { demoStaff } from '../../prisma/demo/viewers.ts'
import { countOption, readOptions, runScript } from '../../scripts/run-script.ts'
import { developmentToken } from '../../src/platform/auth/development-keys.ts'
import { parseConfig } from '../../src/platform/config/config.ts'
import { openDemoDatabase } from '../demo-database.ts'

const usage = `npm run bench:services                              what services with faults cost orders, with and without their fields
npm run bench:services -- --rounds 3 --seconds 2    shorter`

const states: Record<string, Partial<Faults>> = {
  healthy: {},
  '2 s latency': { latencyMs: 2000 },
  '50 % errors': { errorRate: 0.5 },
  garbage: { garbage: 'page' },
  down: { isDown: true },
}
/** The timeout of both sources. */
const deadlineMs = 1000
/** Requests a second that ask for no field of a service, and for fields of both, whether or not those before have ended. */
const perSecond = { without: 100, withFields: 20 }

const page = (fields: string) =>
  `{ orders(first: 20, filter: { unshipped: false }) { edges { node { number ${fields} } } } }`
const without = page('lines { quantity product { sku } }')
const withFields = page('tracking { status } lines { quantity product { sku reviews { count } } }')
const answer = z.object({ data: z.object({ orders: z.object({ edges: z.array(z.unknown()).length(20) }) }) })

type Headers = Record<string, string>
interface Server {
  state: string
  url: string
  stop(): Promise<void>
}
/** Milliseconds of requests, by state and round. */
type Series = Map<string, number[][]>

await runScript(usage, async () => {
  const given = readOptions({ rounds: { type: 'string' }, seconds: { type: 'string' } })
  const rounds = countOption('--rounds', given.rounds, 20)
  const seconds = countOption('--seconds', given.seconds, 2)
  await using database = await openDemoDatabase()
  const { dataDir } = database
  const servers: Server[] = []
  try {
    for (const state of Object.keys(states)) servers.push(await startServer(state, database.url, dataDir))
    report(await measure(servers, await headersOf(dataDir), rounds, seconds * 1000), rounds, seconds)
  } finally {
    for (const server of servers) await server.stop()
  }
})

/** A server with services of its own, whose fault never changes: each has its own breakers. */
async function startServer(state: string, databaseUrl: string, dataDir: string): Promise<Server> {
  const services = [await startCarrier({ cacheControl: 'no-store' }), await startReviews({ cacheControl: 'no-store' })]
  for (const service of services) service.breakWith(states[state] ?? {})
  const urls = services.map(({ url }) => url)
  const child = fork(join(import.meta.dirname, 'server.ts'), [databaseUrl, dataDir, ...urls], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const [url]: unknown[] = await once(child, 'message')
  return { state, url: z.string().parse(url), stop: () => stop(child, services) }
}

async function stop(child: ChildProcess, services: { close(): Promise<void> }[]): Promise<void> {
  const exited = once(child, 'exit')
  child.disconnect()
  await exited
  for (const service of services) await service.close()
}

async function headersOf(dataDir: string): Promise<Headers> {
  const token = await developmentToken(dataDir, parseConfig({ NODE_ENV: 'test' }).auth, demoStaff('admin'))
  return { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${token}` }
}

/** Rounds begin with another state each, so that other load on the machine affects all of them. */
async function measure(servers: readonly Server[], headers: Headers, rounds: number, forMs: number) {
  const series = { without: newSeries(servers), withFields: newSeries(servers) }
  for (const server of servers) await load(server, headers, 1000)
  for (let round = 0; round < rounds; round++) {
    const first = round % servers.length
    for (const server of [...servers.slice(first), ...servers.slice(0, first)]) {
      const times = await load(server, headers, forMs)
      series.without.get(server.state)?.push(times.without)
      series.withFields.get(server.state)?.push(times.withFields)
    }
  }
  return series
}

function newSeries(servers: readonly Server[]): Series {
  return new Map(servers.map(({ state }) => [state, []]))
}

async function load({ url }: Server, headers: Headers, forMs: number) {
  const times = { without: [] as number[], withFields: [] as number[] }
  const end = performance.now() + forMs
  const send = async (query: string, into: number[], rate: number) => {
    const asked: Promise<unknown>[] = []
    for (let next = performance.now(); next < end; next += 1000 / rate) {
      await delay(Math.max(0, next - performance.now()))
      asked.push(ask(url, headers, query).then((ms) => into.push(ms)))
    }
    await Promise.all(asked)
  }
  await Promise.all([
    send(without, times.without, perSecond.without),
    send(withFields, times.withFields, perSecond.withFields),
  ])
  return times
}

async function ask(url: string, headers: Headers, query: string): Promise<number> {
  const begun = performance.now()
  const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) })
  const text = await response.text()
  const took = performance.now() - begun
  answer.parse(JSON.parse(text))
  return took
}

function report(
  { without, withFields }: { without: Series; withFields: Series },
  rounds: number,
  seconds: number,
): void {
  console.log(
    `20 orders with lines: ${perSecond.without} requests a second without fields of services, and beside them ` +
      `${perSecond.withFields} a second with them; ${rounds} rounds of ${seconds} s for each state, timeout ${deadlineMs} ms\n`,
  )
  console.log(
    '| services | without: p50 ms | p99 ms | p90 against healthy | p99 against healthy | with them: p50 ms | p99 ms | longest ms | above timeout + 50 ms |',
  )
  console.log('| --- | ---: | ---: | --- | --- | ---: | ---: | ---: | ---: |')
  const base = without.get('healthy') ?? []
  for (const [state, all] of without) {
    const against = [0.9, 0.99].map((share) => ratioOf(all, base, share))
    const [own, theirs] = [all.flat(), withFields.get(state)?.flat() ?? []]
    const shown = [quantile(own, 0.5), quantile(own, 0.99)].map((ms) => ms.toFixed(1))
    const remote = [quantile(theirs, 0.5), quantile(theirs, 0.99), Math.max(...theirs)].map((ms) => ms.toFixed(1))
    const late = `${theirs.filter((ms) => ms > deadlineMs + 50).length} of ${theirs.length}`
    console.log(`| ${[state, ...shown, ...against, ...remote, late].join(' | ')} |`)
  }
}

/** Of the rounds at the same time: the median and the middle half. */
function ratioOf(all: readonly number[][], base: readonly number[][], share: number): string {
  const ratios = all.map((times, round) => quantile(times, share) / quantile(base[round] ?? [], share))
  const [low, middle, high] = [0.25, 0.5, 0.75].map((part) => quantile(ratios, part).toFixed(2))
  return `${middle} (${low} to ${high})`
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
