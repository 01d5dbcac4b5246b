import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { loadDemo } from '../../prisma/demo/load.ts'
import { demoStaff } from '../../prisma/demo/viewers.ts'
import { countOption, readOptions, runScript } from '../../scripts/run-script.ts'
import { prismaFolder } from '../../src/app.ts'
import { developmentToken } from '../../src/platform/auth/development-keys.ts'
import { parseConfig } from '../../src/platform/config/config.ts'
import { openEmbeddedDatabase } from '../../src/platform/database/embedded.ts'
import { migrateDatabase } from '../../src/platform/database/migrate.ts'
import { domain } from '../../src/schema.ts'
import { documents } from '../documents.ts'
import { closedConnections, type Measured, Measuring } from './measuring.ts'
import { drawOverload } from './picture.ts'

const usage = `npm run bench:overload                        what is answered, and how soon, below, at and above the peak
npm run bench:overload -- --seconds 10        longer`

/** Of twenty requests: lists and single products of anonymous viewers, orders with lines of a known one, one large page. */
const mix = { list: 8, product: 5, orders20: 6, large: 1 }
const largeDocument = documents.orders20.replace('first: 20', 'first: 100').replace('Orders20', 'Large')

await runScript(usage, async () => {
  const given = readOptions({ seconds: { type: 'string' } })
  const seconds = countOption('--seconds', given.seconds, 5)
  const dataDir = await mkdtemp(join(tmpdir(), 'frontdoor-bench-'))
  const database = await openEmbeddedDatabase({ dataDir, throwaway: true })
  const generator = fork(join(import.meta.dirname, 'generator.ts'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  let server: ChildProcess | undefined
  try {
    await migrateDatabase(database, prismaFolder, domain)
    await loadDemo(database.ownerUrl)
    server = fork(join(import.meta.dirname, 'server.ts'), [database.url, dataDir], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    const [started]: unknown[] = await once(server, 'message')
    const url = z.string().parse(started)
    const measuring = new Measuring(generator, server, url, await requestsOf(dataDir, url))
    await report(await measuring.run(seconds), measuring, seconds)
  } finally {
    generator.disconnect()
    if (server) {
      const exited = once(server, 'exit')
      server.disconnect()
      await exited
    }
    await database.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
})

async function requestsOf(dataDir: string, url: string): Promise<string[]> {
  const token = await developmentToken(dataDir, parseConfig({ NODE_ENV: 'test' }).auth, demoStaff('admin'))
  const authorization = `Bearer ${token}`
  const kinds = {
    list: post(url, { query: documents.list }),
    product: post(url, { query: documents.product, variables: { sku: 'NW-0003' } }),
    orders20: post(url, { query: documents.orders20 }, authorization),
    large: post(url, { query: largeDocument }, authorization),
  }
  const all = Object.entries(mix).flatMap(([kind, count]) =>
    Array.from({ length: count }, () => kinds[kind as keyof typeof mix]),
  )
  // Spread, so that each second has the mix.
  return all.map((_, at) => all[(at * 7) % all.length] ?? '')
}

function post(url: string, request: object, authorization?: string): string {
  const body = JSON.stringify(request)
  return [
    'POST /graphql HTTP/1.1',
    `host: ${new URL(url).host}`,
    'content-type: application/json',
    'accept: application/graphql-response+json',
    `content-length: ${Buffer.byteLength(body)}`,
    ...(authorization ? [`authorization: ${authorization}`] : []),
    '',
    body,
  ].join('\r\n')
}

async function report(measured: readonly Measured[], { peak, recoveredAfterSeconds }: Measuring, seconds: number) {
  console.log(`peak: ${Math.round(peak)} answers a second with ${closedConnections} connections; ${seconds} s each\n`)
  console.log(
    '| load, x peak | sent a second | answered a second | of the peak | p50 ms | p99 ms | shed a second | shed: p99 ms | failed | longest /healthz ms | memory MB |',
  )
  console.log(`|${' --- |'.repeat(11)}`)
  for (const each of measured) {
    const cells = [
      each.multiple,
      Math.round(each.perSecond),
      Math.round(each.goodput),
      (each.goodput / peak).toFixed(2),
      each.p50.toFixed(1),
      each.p99.toFixed(0),
      Math.round(each.shedPerSecond),
      each.shedP99.toFixed(0),
      each.failed,
      each.longestHealthMs.toFixed(0),
      each.rssMb.toFixed(0),
    ]
    console.log(`| ${cells.join(' | ')} |`)
  }
  console.log(`\nnormal again ${recoveredAfterSeconds.toFixed(1)} s after five times the peak`)
  await writeFile(join(import.meta.dirname, 'overload.svg'), drawOverload(measured, peak))
}
