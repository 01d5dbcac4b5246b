import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { countOption, readOptions, runScript } from '../../scripts/run-script.ts'
import { urlOf } from '../../src/platform/http/listener.ts'
import { ServerProcess } from '../../test/support/server-process.ts'
import { openDemoDatabase } from '../demo-database.ts'
import { quantile } from '../statistics.ts'

const usage = `npm run bench:tracing                     what metrics, traces and lines of slow operations cost, in CPU of the server
npm run bench:tracing -- --rounds 400     the same, longer`

const queries = {
  'the name of the type': '{ __typename }',
  'a list of 20 products':
    '{ products(first: 20) { edges { node { sku name available unitPrice { amount currency } } } } }',
  'two lists with their counts':
    '{ products(first: 20) { totalCount edges { node { sku } } } categories { totalCount edges { node { name } } } }',
}
/** So short that noise of the machine affects both servers alike. */
const requests = 60
const concurrency = 4
const warmUps = 20

await runScript(usage, async () => {
  const rounds = countOption('--rounds', readOptions({ rounds: { type: 'string' } }).rounds, 150)
  await using database = await openDemoDatabase()
  const { dataDir } = database
  const collector = createServer((request, response) => request.resume().once('end', () => response.end()))
  collector.listen(0, '127.0.0.1')
  await once(collector, 'listening')
  try {
    const common = {
      ...{
        NODE_ENV: 'development',
        LOG_LEVEL: 'info',
        LOG_FORMAT: 'json',
        DATA_DIR: dataDir,
        DATABASE_URL: database.url,
      },
      RATE_LIMIT_ANONYMOUS_CAPACITY: '1000000000',
    }
    const traced = (ratio: string) => ({
      ...common,
      METRICS_PORT: '0',
      OTEL_EXPORTER_OTLP_ENDPOINT: urlOf(collector, '127.0.0.1'),
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: ratio,
    })
    await using off = await ServerProcess.open({ ...common, SLOW_OPERATION_MS: '0' })
    await using on = await ServerProcess.open(traced('0.01'))
    await using all = await ServerProcess.open(traced('1'))
    for (const [title, query] of Object.entries(queries)) report(title, await measure([off, on, all], query, rounds))
  } finally {
    collector.close()
    collector.closeAllConnections()
  }
})

/** The CPU time of a request at each server, in microseconds, by rounds. Each comes first as often as the others. */
async function measure(servers: readonly ServerProcess[], query: string, rounds: number): Promise<number[][]> {
  const figures = servers.map((): number[] => [])
  for (let round = -warmUps; round < rounds; round++) {
    for (let turn = 0; turn < servers.length; turn++) {
      const at = (turn + round + warmUps) % servers.length
      const server = servers[at]
      if (!server) continue
      const before = cpuMicros(server.pid)
      await Promise.all(Array.from({ length: concurrency }, () => askOften(`${server.url}/graphql`, query)))
      if (round >= 0) figures[at]?.push((cpuMicros(server.pid) - before) / requests)
    }
  }
  return figures
}

/** Of all threads, to a nanosecond, as far as Linux counts it: https://docs.kernel.org/scheduler/sched-stats.html */
function cpuMicros(pid: number | undefined): number {
  const threads = readdirSync(`/proc/${pid}/task`)
  const nanos = threads.map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  )
  return nanos.reduce((sum, each) => sum + each, 0) / 1000
}

async function askOften(url: string, query: string): Promise<void> {
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  for (let request = 0; request < requests / concurrency; request++) {
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) })
    const text = await response.text()
    if (!text.startsWith('{"data":{')) throw new Error(text)
  }
}

function report(title: string, [off = [], on = [], all = []]: number[][]): void {
  // Other load on the machine makes a round dearer, and never cheaper.
  const quietOf = (figures: number[]) => quantile(Float64Array.from(figures).sort(), 0.25)
  const said = (figures: number[]) =>
    `${quietOf(figures).toFixed(0)} µs (${(quietOf(figures) / quietOf(off)).toFixed(3)})`
  console.log(`${title}: off ${quietOf(off).toFixed(0)} µs; on, 1 % traced ${said(on)}; all traced ${said(all)}`)
}
