// npm run bench:feed                         what the feed of events adds to the cost of an order

import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { demoCustomer } from '../../prisma/demo/viewers.ts'
import { countOption, readOptions, runScript } from '../../scripts/run-script.ts'
import { developmentToken } from '../../src/platform/auth/development-keys.ts'
import { parseConfig } from '../../src/platform/config/config.ts'
import { withClient } from '../../src/platform/database/with-client.ts'
import { encodeId } from '../../src/platform/graphql/ids.ts'
import { ServerProcess } from '../../test/support/server-process.ts'
import { DatabaseCpu } from '../database-cpu.ts'
import { openDemoDatabase } from '../demo-database.ts'
import { spreadOf } from '../statistics.ts'
import { cpuMicros } from './process-cpu.ts'

const usage = `npm run bench:feed -- [options]

  --rounds N              rounds, each with and without the feed (15)
  --orders N              orders of a round, of three lines each (200)
  --help                  this`

const callers = 4

/** Without the feed, events are written and get no position, so nothing is read or told. */
const without = `create or replace function platform.pf_feed_advance() returns bigint language sql security definer
  set search_path = pg_catalog as 'select last_pos from platform.pf_feed'`

await runScript(usage, async () => {
  const text = { type: 'string' } as const
  const given = readOptions({ rounds: text, orders: text })
  const rounds = countOption('--rounds', given.rounds, 15)
  const orders = countOption('--orders', given.orders, 200)
  await using database = await openDemoDatabase()
  const { dataDir } = database
  await using server = await ServerProcess.open({
    LOG_LEVEL: 'warn',
    LOG_FORMAT: 'json',
    DATA_DIR: dataDir,
    DATABASE_URL: database.url,
    RATE_LIMIT_CAPACITY: '1000000000',
  })
  await withClient(database.ownerUrl, (client) => measure(server, dataDir, client, rounds, orders))
})

async function measure(
  server: ServerProcess,
  dataDir: string,
  client: pg.Client,
  rounds: number,
  orders: number,
): Promise<void> {
  const { rows } = await client.query<{ with: string }>(
    `select pg_get_functiondef('platform.pf_feed_advance()'::regprocedure) as "with"`,
  )
  const feeds = { with: rows[0]?.with ?? '', without }
  const place = await placer(server, dataDir, client)
  const database = await DatabaseCpu.on(client)
  await placeAll(place, orders * 2)
  await client.query('vacuum analyze')
  const ratios: number[] = []
  const used = { with: [] as Used[], without: [] as Used[] }
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? (['with', 'without'] as const) : (['without', 'with'] as const)
    for (const feed of order) {
      await client.query(feeds[feed])
      await placeAll(place, 10)
      const before = cpuMicros(server.pid)
      const count = await database.count()
      await placeAll(place, orders)
      used[feed].push({ server: (cpuMicros(server.pid) - before) / orders, database: (await count()) / orders })
      // Neither leaves anything for the other: this database has no autovacuum.
      await client.query('delete from platform.pf_outbox o using platform.pf_feed f where f.open_ids @> o.pos')
      await client.query('vacuum analyze platform.pf_outbox')
    }
    ratios.push(total(used.with[round]) / total(used.without[round]) - 1)
  }
  const { median, lowest, highest } = spreadOf(ratios)
  const percent = (value: number) => `${(value * 100).toFixed(1)} %`
  const of = (values: number[]) => `${spreadOf(values).median.toFixed(0)} µs`
  const parts = (rounds: Used[]) =>
    `server ${of(rounds.map((round) => round.server))}, database ${of(rounds.map((round) => round.database))}`
  console.log(`CPU of an order with the feed: ${parts(used.with)}
            without the feed: ${parts(used.without)}
the feed adds ${percent(median)} (${percent(lowest)} to ${percent(highest)}, ${rounds} rounds)`)
}

/** CPU time of an order, in microseconds. */
interface Used {
  server: number
  database: number
}

function total({ server, database }: Used = { server: 0, database: 0 }): number {
  return server + database
}

async function placer(server: ServerProcess, dataDir: string, client: pg.Client): Promise<() => Promise<void>> {
  const { rows } = await client.query<{ uid: string }>(
    'update commerce.md_product set qty_on_hand = 1000000000 where not disc_flg returning uid',
  )
  const token = await developmentToken(dataDir, parseConfig({ NODE_ENV: 'test' }).auth, demoCustomer('ALFKI'))
  const query = `mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) { order { number } userErrors { code } } }`
  let next = 0
  return async () => {
    const lines = [0, 1, 2].map(() => {
      return { productId: encodeId('Product', rows[next++ % rows.length]?.uid ?? ''), quantity: 1 }
    })
    const shipTo = { recipient: 'R', street: 'S', city: 'C', country: 'DE' }
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables: { input: { lines, shipTo, idempotencyKey: randomUUID() } } }),
    })
    const text = await response.text()
    if (!text.includes('"userErrors":[]')) throw new Error(text)
  }
}

async function placeAll(place: () => Promise<void>, count: number): Promise<void> {
  let left = count
  const caller = async () => {
    while (left-- > 0) await place()
  }
  await Promise.all(Array.from({ length: callers }, caller))
}
