import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { z } from 'zod'
import { demoViewers } from '../../prisma/demo/viewers.ts'
import { generateOrders } from '../../prisma/load-test/generate.ts'
import { countOption, readOptions, runScript } from '../../scripts/run-script.ts'
import { openApp, prismaFolder } from '../../src/app.ts'
import { developmentToken } from '../../src/platform/auth/development-keys.ts'
import { parseConfig } from '../../src/platform/config/config.ts'
import { openEmbeddedDatabase } from '../../src/platform/database/embedded.ts'
import { migrateDatabase } from '../../src/platform/database/migrate.ts'
import { domain } from '../../src/schema.ts'

const usage = `npm run bench:reports                               how long reports take, from the request to the response
npm run bench:reports -- --orders 20000 --rounds 5  with fewer orders, and less often`

const money = 'amount currency'
const reports: Record<string, string> = {
  'by month: orders, units, gross, discount, net': `salesReport(by: [MONTH], timeZone: "Europe/Berlin",
    measures: [ORDERS, UNITS, GROSS, DISCOUNT, NET]) { rows { month net { ${money} } } totals { orders net { ${money} } } }`,
  'by country: net': `salesReport(by: [COUNTRY], measures: [NET]) { rows { country net { ${money} } } totals { net { ${money} } } }`,
  'one month by country: orders, net': `salesReport(by: [COUNTRY], measures: [ORDERS, NET],
    filter: { orders: { placed: { from: "2025-01-01T00:00:00Z", until: "2025-02-01T00:00:00Z" } } }) {
    rows { country net { ${money} } } totals { orders } }`,
  'ten best products: net': `salesReport(by: [PRODUCT], measures: [NET], first: 10,
    sort: { field: NET, direction: DESC }) { rows { product { name } net { ${money} } } hasMore }`,
  'by customer and month, the first 1,000: orders, net': `salesReport(by: [CUSTOMER, MONTH], measures: [ORDERS, NET],
    first: 1000) { rows { month net { ${money} } } totals { orders } hasMore }`,
  'receivables by age: open': `receivablesReport(by: [AGE], measures: [OPEN]) { rows { age { firstDay } open { ${money} } } }`,
  'aggregate of all orders: count, sum': `orders { aggregate { count sum { total { ${money} } } } }`,
}
const answer = z.object({ data: z.record(z.string(), z.object({})), errors: z.undefined().optional() })

await runScript(usage, async () => {
  const given = readOptions({ orders: { type: 'string' }, rounds: { type: 'string' } })
  const orders = countOption('--orders', given.orders, 100_000)
  const rounds = countOption('--rounds', given.rounds, 15)
  const dataDir = await mkdtemp(join(tmpdir(), 'frontdoor-bench-'))
  const database = await openEmbeddedDatabase({ dataDir, throwaway: true })
  try {
    await migrateDatabase(database, prismaFolder, domain)
    await generateOrders(database.ownerUrl, orders)
    const times = await measure(database.url, dataDir, rounds)
    console.log(`${orders} orders, ${rounds} rounds; milliseconds from the request to the response\n`)
    console.log('| report | median | slowest |\n| --- | ---: | ---: |')
    for (const [name, all] of times) {
      const sorted = all.toSorted((a, b) => a - b)
      console.log(`| ${name} | ${shown(sorted[Math.floor(sorted.length / 2)])} | ${shown(sorted.at(-1))} |`)
    }
  } finally {
    await database.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
})

/** Round by round, so that a busy moment of the machine does not fall on one report. The first round is not counted. */
async function measure(databaseUrl: string, dataDir: string, rounds: number): Promise<Map<string, number[]>> {
  const unlimited = { RATE_LIMIT_CAPACITY: '1000000000' }
  const config = parseConfig({ NODE_ENV: 'test', PORT: '0', DATA_DIR: dataDir, ...unlimited })
  const app = await openApp(config, databaseUrl, pino({ level: 'error' }))
  try {
    const claims = demoViewers.find(({ name }) => name === 'analyst')?.claims
    if (!claims) throw new Error('There is no demo viewer "analyst".')
    const authorization = `Bearer ${await developmentToken(dataDir, config.auth, claims)}`
    const times = new Map(Object.keys(reports).map((name) => [name, [] as number[]]))
    for (let round = 0; round <= rounds; round++) {
      for (const [name, query] of Object.entries(reports)) {
        const begun = performance.now()
        await ask(app.url, authorization, query)
        if (round > 0) times.get(name)?.push(performance.now() - begun)
      }
    }
    return times
  } finally {
    await app.close()
  }
}

async function ask(url: string, authorization: string, query: string): Promise<void> {
  const headers = { 'content-type': 'application/json', accept: 'application/json', authorization }
  const reply = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ query: `{ ${query} }` }),
  })
  answer.parse(await reply.json())
}

function shown(milliseconds = Number.NaN): string {
  return milliseconds.toFixed(0)
}
