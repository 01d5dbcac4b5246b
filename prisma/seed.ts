import { readOptions, runScript, UsageError } from '../scripts/run-script.ts'
import { type Config, parseConfig } from '../src/platform/config/config.ts'
import { migrateDatabase } from '../src/platform/database/migrate.ts'
import { Migrations } from '../src/platform/database/migrations.ts'
import { openDatabase } from '../src/platform/database/open.ts'
import type { DatabaseUrls } from '../src/platform/database/urls.ts'
import { domain } from '../src/schema.ts'
import { loadDemo } from './demo/load.ts'
import { generateOrders, maxOrders } from './load-test/generate.ts'
import { ProgressLine } from './load-test/progress.ts'

const usage = `npm run seed                    loads the demo data, once
npm run seed -- --orders 20000  tops generated orders up to that many, for load tests`

await runScript(usage, async () => {
  const orders = parseOrders()
  const config = parseConfig()
  const database = await openDatabase(config, { onProgress: console.error })
  try {
    await migrate(config, database)
    await (orders === undefined ? seedDemo(database.ownerUrl) : seedLoadTest(database.ownerUrl, orders))
  } finally {
    await database.stop()
  }
})

function parseOrders(): number | undefined {
  const { orders } = readOptions({ orders: { type: 'string' } })
  if (orders === undefined) return undefined
  if (/^[1-9]\d{0,8}$/.test(orders) && Number(orders) <= maxOrders) return Number(orders)
  throw new UsageError(
    `--orders takes a whole number from 1 to ${maxOrders}, such as "npm run seed -- --orders 20000".`,
  )
}

async function migrate(config: Config, database: DatabaseUrls): Promise<void> {
  const pending = await new Migrations(database.ownerUrl, import.meta.dirname, domain.name).pending()
  if (pending.length === 0) return
  if (!config.database.migrateOnStart) {
    throw new Error(
      `The database lacks ${pending.length} migration(s), the first is ${pending[0]}: run "npm run migrate".`,
    )
  }
  const applied = await migrateDatabase(database, import.meta.dirname, domain)
  console.error(`Applied ${applied.join(', ')}.`)
}

async function seedDemo(url: string): Promise<void> {
  const loaded = await loadDemo(url)
  console.log(loaded ? 'Loaded the demo data.' : 'The demo data is already loaded.')
}

async function seedLoadTest(url: string, target: number): Promise<void> {
  const stop = new AbortController()
  // The first Ctrl-C ends after the current batch and stops the embedded server; a second one ends at once.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  const line = new ProgressLine(process.stderr)
  const { orders, written } = await generateOrders(url, target, {
    signal: stop.signal,
    onWait: () => console.error('Waiting for another run to end.'),
    onBuild: () => console.error('Building the indexes and checking the references.'),
    onProgress: (progress) => line.show(progress),
  })
  if (orders < target) throw new Error(`Stopped at ${orders} orders; the same command goes on from there.`)
  console.log(
    written.orders === 0
      ? `There are already ${orders} generated orders.`
      : `There are ${orders} generated orders now.`,
  )
}
