// npm run bench:bulk                         exports and imports against COPY, and what they do to other requests

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { demoViewers } from '../../prisma/demo/viewers.ts'
import { generateOrders } from '../../prisma/load-test/generate.ts'
import { countOption, readOptions, runScript } from '../../scripts/run-script.ts'
import { prismaFolder } from '../../src/app.ts'
import { developmentToken } from '../../src/platform/auth/development-keys.ts'
import { parseConfig } from '../../src/platform/config/config.ts'
import { openEmbeddedDatabase } from '../../src/platform/database/embedded.ts'
import { migrateDatabase } from '../../src/platform/database/migrate.ts'
import { withClient } from '../../src/platform/database/with-client.ts'
import { domain } from '../../src/schema.ts'
import { ServerProcess } from '../../test/support/server-process.ts'
import { spreadOf } from '../statistics.ts'
import { copyOut, costByHand, exportCases, exportCost } from './export.ts'
import { adjustments, copyIn, importIn, type Lines, newProducts, rowsOfImport } from './import.ts'
import { interactive } from './interactive.ts'
import { memoryDuring, quartersOf } from './memory.ts'
import { drawMemory } from './picture.ts'

/** For how long small requests are measured. */
const measuredMs = 60_000
/** An export takes a fraction of a second: so many times as many rounds as of an import. */
const roundsOfExports = 5
/** Of each exporter, before it is measured: COPY runs as fast from its second time on, a program of JavaScript later. */
const warmUps = 10
/** Before each export. Where cores are lent, a program that keeps all of them busy is lent fewer for a while. */
const restMs = 1000

const usage = `npm run bench:bulk -- [options]

  --orders N              orders to export, with their lines (100000)
  --lines N               products to import, and then adjustments of their stock (20000)
  --rounds N              rounds of each import, side by side with COPY (3); of each export five times as many
  --memory N              instead: an import and an export of so many products; draws the memory of the server
  --help                  this`

await runScript(usage, async () => {
  const text = { type: 'string' } as const
  const given = readOptions({ orders: text, lines: text, rounds: text, memory: text })
  const orders = countOption('--orders', given.orders, 100_000)
  const lines = countOption('--lines', given.lines, 20_000)
  const rounds = countOption('--rounds', given.rounds, 3)
  const memory = countOption('--memory', given.memory, 0)
  const dataDir = await mkdtemp(join(tmpdir(), 'frontdoor-bench-'))
  const database = await openEmbeddedDatabase({ dataDir, throwaway: true })
  try {
    await migrateDatabase(database, prismaFolder, domain)
    await generateOrders(database.ownerUrl, orders, { onProgress: () => {}, onBuild: () => {} })
    await using server = await ServerProcess.open({
      LOG_LEVEL: 'warn',
      LOG_FORMAT: 'json',
      DATA_DIR: dataDir,
      DATABASE_URL: database.url,
      RATE_LIMIT_CAPACITY: '1000000000',
      EXPORT_ROWS_PER_MINUTE: '1000000000',
      IMPORT_LINES_PER_MINUTE: '1000000000',
    })
    await using byHand = await ServerProcess.openProgram('bench/bulk/by-hand.ts', { DATABASE_URL: database.url })
    const admin = demoViewers.find(({ name }) => name === 'admin')?.claims
    if (!admin) throw new Error('there is no demo viewer "admin"')
    const token = await developmentToken(dataDir, parseConfig({ NODE_ENV: 'test' }).auth, admin)
    await withClient(database.ownerUrl, (client) => {
      const bench = { server, byHand, client, token }
      return memory > 0 ? measureMemory(bench, memory) : measure(bench, { lines, rounds })
    })
  } finally {
    await database.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
})

interface Bench {
  server: ServerProcess
  byHand: ServerProcess
  client: pg.Client
  token: string
}

/** One round of a shape: what the API took, and COPY beside it. */
interface Round {
  api: number
  copy: number
  /** CPU time of a row, in microseconds. */
  server: number
  database: number
}

async function measure(bench: Bench, { lines, rounds }: { lines: number; rounds: number }): Promise<void> {
  const { server, client, token } = bench
  console.log('rows a second      | API     | COPY    | ratio (lowest to highest) | CPU µs a row: server, database')
  // Products first, so that there are enough of them to export.
  const created: Round[] = []
  const adjusted: Round[] = []
  for (let round = 0; round < rounds; round++) {
    const products = await importIn(server, client, token, 'productCreate', await newProducts(client, lines, round))
    const copied = await copyIn(client, await rowsOfImport(client, round))
    created.push({ ...products, api: lines / products.seconds, copy: lines / copied })
    const changes = await importIn(server, client, token, 'stockAdjust', await adjustments(client, round))
    adjusted.push({ ...changes, api: lines / changes.seconds, copy: lines / copied })
    await client.query('vacuum analyze')
  }
  print('import of products', created)
  print('import of stock', adjusted)
  for (const one of await exportCases(client)) {
    const exporters: Record<string, () => ReturnType<typeof exportCost>> = {
      [`export of ${one.name}`]: () => exportCost(server, client, token, one),
      ...(one.isFlat && {
        '  by hand': () => costByHand(bench.byHand, client, '/rows', one),
        '  constant bytes': () => costByHand(bench.byHand, client, '/constant', one),
      }),
    }
    const exported = new Map<string, Round[]>(Object.keys(exporters).map((name) => [name, []]))
    for (const run of Object.values(exporters)) for (let at = 0; at < warmUps; at++) await run()
    for (let round = 0; round < rounds * roundsOfExports; round++) {
      await pause(restMs)
      const copy = await copyOut(client, one)
      for (const [name, run] of Object.entries(exporters)) {
        await pause(restMs)
        const { rowsPerSecond, ...cost } = await run()
        exported.get(name)?.push({ ...cost, api: rowsPerSecond, copy: copy.rowsPerSecond })
      }
    }
    for (const [name, rounds] of exported) print(name, rounds)
  }
  const quiet = await interactive(server, token, () => pause(measuredMs))
  const [flat] = await exportCases(client)
  if (!flat) return
  const bodies: Lines[] = []
  for (let at = 0; at < 10; at++) bodies.push(await newProducts(client, lines, rounds + at))
  await client.query('vacuum analyze')
  const busy = await interactive(server, token, async () => {
    const until = performance.now() + measuredMs
    const isMeasured = () => performance.now() < until
    const exporting = repeat(isMeasured, () => exportCost(server, client, token, flat))
    const importing = repeat(isMeasured, async () => {
      const body = bodies.shift()
      await (body ? importIn(server, client, token, 'productCreate', body) : pause(100))
    })
    await Promise.all([exporting, importing])
  })
  const said = ({ p50, p99 }: typeof quiet) => `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`
  console.log(`one product, 20 requests a second, quiet:         ${said(quiet)}`)
  console.log(`the same, beside an export and an import:         ${said(busy)}`)
  console.log(`p99 beside them: × ${(busy.p99 / quiet.p99).toFixed(1)}`)
}

async function repeat(goesOn: () => boolean, work: () => Promise<unknown>): Promise<void> {
  while (goesOn()) await work()
}

async function measureMemory({ server, client, token }: Bench, rows: number): Promise<void> {
  const body = await newProducts(client, rows, 0)
  const imported = await memoryDuring(server.pid, () => importIn(server, client, token, 'productCreate', body))
  const [products] = await exportCases(client)
  if (!products) return
  const exported = await memoryDuring(server.pid, () => exportCost(server, client, token, products))
  for (const [name, memory] of Object.entries({ import: imported, export: exported }))
    console.log(`${name}: ${quartersOf(memory).map(Math.round).join(', ')} MB at most in the quarters of its time`)
  await writeFile(join(import.meta.dirname, 'memory.svg'), drawMemory({ rows, imported, exported }))
}

function print(name: string, rounds: readonly Round[]): void {
  const of = (figure: (round: Round) => number) => spreadOf(rounds.map(figure))
  const ratio = of(({ api, copy }) => api / copy)
  const whole = (value: number) => Math.round(value).toLocaleString('en').padStart(7)
  console.log(
    `${name.padEnd(18)} | ${whole(of(({ api }) => api).median)} | ${whole(of(({ copy }) => copy).median)} | ` +
      `${ratio.median.toFixed(2)} (${ratio.lowest.toFixed(2)} to ${ratio.highest.toFixed(2)}) | ` +
      `${of(({ server }) => server).median.toFixed(1)}, ${of(({ database }) => database).median.toFixed(1)}`,
  )
}
