// npm run bench:streams                      from the commit of an event to each of its subscribers

import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { countOption, readOptions, runScript } from '../../scripts/run-script.ts'
import { withClient } from '../../src/platform/database/with-client.ts'
import { encodeId } from '../../src/platform/graphql/ids.ts'
import { ServerProcess } from '../../test/support/server-process.ts'
import { DatabaseCpu } from '../database-cpu.ts'
import { openDemoDatabase } from '../demo-database.ts'
import { quantile } from '../statistics.ts'
import { Followed } from './followed.ts'
import { cpuMicros } from './process-cpu.ts'

const usage = `npm run bench:streams -- [options]

  --subscribers N         streams over SSE, each with one product in its filter (200)
  --rate N                events a second, each of a transaction of its own in plain SQL (1000)
  --seconds N             how long (60), after a warm-up of five seconds
  --help                  this`

const writers = 8
const warmUpSeconds = 5

await runScript(usage, async () => {
  const wanted = options()
  await using database = await openDemoDatabase()
  const { dataDir } = database
  const products = await addProducts(database.ownerUrl, wanted.subscribers)
  await using server = await ServerProcess.open({
    NODE_OPTIONS: '--max-old-space-size=256',
    NODE_ENV: 'development',
    LOG_FORMAT: 'json',
    LOG_LEVEL: 'warn',
    DATA_DIR: dataDir,
    DATABASE_URL: database.url,
    MAX_STREAMS: String(wanted.subscribers),
    MAX_STREAMS_PER_VIEWER: String(wanted.subscribers),
    RATE_LIMIT_ANONYMOUS_CAPACITY: '1000000000',
  })
  await measure(server, database.ownerUrl, products, wanted)
})

interface Wanted {
  subscribers: number
  rate: number
  seconds: number
}

function options(): Wanted {
  const text = { type: 'string' } as const
  const { subscribers, rate, seconds } = readOptions({ subscribers: text, rate: text, seconds: text })
  return {
    subscribers: countOption('--subscribers', subscribers, 200),
    rate: countOption('--rate', rate, 1000),
    seconds: countOption('--seconds', seconds, 60),
  }
}

async function addProducts(url: string, count: number): Promise<string[]> {
  const { rows } = await withClient(url, (client) =>
    client.query<{ uid: string }>(
      `insert into commerce.md_product (uid, sku_cd, nm, unit_price_minor, ccy, category_uid, supplier_uid, qty_on_hand)
     select platform.pf_uuid_v7(), 'BENCH-' || n, 'Bench ' || n, 100, 'USD', p.category_uid, p.supplier_uid, 0
     from generate_series(1, $1) n, (select * from commerce.md_product limit 1) p returning uid`,
      [count],
    ),
  )
  return rows.map(({ uid }) => uid)
}

async function measure(server: ServerProcess, url: string, products: readonly string[], wanted: Wanted) {
  const delays: number[] = []
  const followed = new Map(products.map((product) => [product, new Followed(delays)]))
  const broken = new AbortController()
  for (const [product, events] of followed) {
    await subscribe(server.url, encodeId('Product', product), () => events.arrived(), broken)
  }
  const run = async (seconds: number) => {
    await writeFor(seconds, wanted.rate, url, products, (product) => followed.get(product)?.committed())
    while ([...followed.values()].some(({ isBehind }) => isBehind)) {
      broken.signal.throwIfAborted()
      await pause(10)
    }
  }
  await run(warmUpSeconds)
  // This database has no autovacuum.
  await withClient(url, (client) => client.query('vacuum analyze'))
  delays.length = 0
  const memory: number[] = []
  const watch = setInterval(() => memory.push(residentMegabytes(server.pid)), 1000)
  await withClient(url, async (client) => {
    const serverBefore = cpuMicros(server.pid)
    const database = await (await DatabaseCpu.on(client)).count()
    await run(wanted.seconds)
    report({ delays, memory, server: cpuMicros(server.pid) - serverBefore, database: await database() }, wanted)
  })
  clearInterval(watch)
}

async function writeFor(
  seconds: number,
  rate: number,
  url: string,
  products: readonly string[],
  onCommit: (product: string) => void,
): Promise<void> {
  const start = performance.now()
  const total = rate * seconds
  let next = 0
  const write = async (client: pg.Client) => {
    for (let index = next++; index < total; index = next++) {
      await pause(Math.max(0, start + (index / rate) * 1000 - performance.now()))
      const product = products[index % products.length] ?? ''
      await client.query({
        name: 'write',
        text: 'update commerce.md_product set qty_on_hand = qty_on_hand + 1 where uid = $1',
        values: [product],
      })
      onCommit(product)
    }
  }
  await Promise.all(Array.from({ length: writers }, () => withClient(url, write)))
}

function subscribe(url: string, product: string, onEvent: () => void, broken: AbortController): Promise<void> {
  const query = 'subscription ($ids: [ID!]!) { productChanged(ids: $ids) { event { topic } product { id available } } }'
  const variables = JSON.stringify({ ids: [product] })
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.write(
    `GET /graphql?${new URLSearchParams({ query, variables })} HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\r\n`,
  )
  let text = ''
  socket.on('close', () => broken.abort(new Error('a stream has ended')))
  return new Promise((resolve) => {
    socket.on('data', (data) => {
      text += data.toString('latin1')
      if (text.includes(':\n\n')) resolve()
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        if (text.slice(0, end).includes('event: next')) onEvent()
        text = text.slice(end + 2)
      }
    })
  })
}

function residentMegabytes(pid = 0): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) / 1024
}

interface Measured {
  delays: number[]
  memory: number[]
  /** CPU time, in microseconds. */
  server: number
  database: number
}

function report({ delays, memory, server, database }: Measured, { subscribers, rate, seconds }: Wanted): void {
  const sorted = Float64Array.from(delays).sort()
  const at = (part: number) => `${quantile(sorted, part).toFixed(1)} ms`
  const half = memory.length >> 1
  const most = (values: number[]) => `${Math.max(...values).toFixed(0)} MB`
  const each = (micros: number) => `${(micros / delays.length).toFixed(0)} µs`
  console.log(`${rate} events a second for ${seconds} s, ${subscribers} subscribers, ${delays.length} messages
from commit to subscriber: p50 ${at(0.5)}, p99 ${at(0.99)}, longest ${at(1)}
CPU of a message: server ${each(server)}, database ${each(database)} (writing included)
memory of the server: at most ${most(memory.slice(0, half))} in the first half, ${most(memory.slice(half))} in the second`)
}
