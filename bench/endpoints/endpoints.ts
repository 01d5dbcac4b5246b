import { countOption, readOptions, runScript } from '../../scripts/run-script.ts'
import { ServerProcess } from '../../test/support/server-process.ts'
import { openDemoDatabase } from '../demo-database.ts'
import { spreadOf } from '../statistics.ts'
import { cpuMicros } from '../streams/process-cpu.ts'

const usage = `npm run bench:endpoints                     what a request costs at the endpoint of an audience, in CPU of the server
npm run bench:endpoints -- --rounds 60      the same, longer`

const paths = { backOffice: '/graphql', storefront: '/storefront/graphql' }
const query = '{ products(first: 20) { edges { node { sku name available unitPrice { amount currency } } } } }'
const requests = 1000
const concurrency = 4

type Name = keyof typeof paths

await runScript(usage, async () => {
  const rounds = countOption('--rounds', readOptions({ rounds: { type: 'string' } }).rounds, 20)
  await using database = await openDemoDatabase()
  const { dataDir } = database
  await using server = await ServerProcess.open({
    ...{ LOG_LEVEL: 'warn', LOG_FORMAT: 'json', DATA_DIR: dataDir, DATABASE_URL: database.url },
    RATE_LIMIT_ANONYMOUS_CAPACITY: '1000000000',
  })
  report(await measure(server, rounds))
})

/** The CPU time of a request at each endpoint, in microseconds, by rounds. The first round warms up. */
async function measure(server: ServerProcess, rounds: number): Promise<Record<Name, number[]>> {
  const figures: Record<Name, number[]> = { backOffice: [], storefront: [] }
  for (let round = 0; round <= rounds; round++) {
    // Each comes first as often as the other.
    const names: Name[] = round % 2 === 0 ? ['backOffice', 'storefront'] : ['storefront', 'backOffice']
    for (const name of names) {
      const before = cpuMicros(server.pid)
      await Promise.all(Array.from({ length: concurrency }, () => askOften(`${server.url}${paths[name]}`)))
      if (round > 0) figures[name].push((cpuMicros(server.pid) - before) / requests)
    }
  }
  return figures
}

async function askOften(url: string): Promise<void> {
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  for (let request = 0; request < requests / concurrency; request++) {
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) })
    const text = await response.text()
    if (!text.startsWith('{"data":{"products":')) throw new Error(text)
  }
}

function report({ backOffice, storefront }: Record<Name, number[]>): void {
  const said = (values: number[]) => {
    const { median, lowest, highest } = spreadOf(values)
    return `${median.toFixed(0)} µs a request (${lowest.toFixed(0)} to ${highest.toFixed(0)})`
  }
  const ratio = spreadOf(storefront.map((value, round) => value / (backOffice[round] ?? Number.NaN)))
  console.log(`/graphql:            ${said(backOffice)}`)
  console.log(`/storefront/graphql: ${said(storefront)}`)
  console.log(`ratio: ${ratio.median.toFixed(2)} (${ratio.lowest.toFixed(2)} to ${ratio.highest.toFixed(2)})`)
}
