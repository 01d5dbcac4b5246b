import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { withClient } from '../../../src/platform/database/with-client.ts'
import { cloneDatabase, onServer } from '../../support/database-server.ts'
import { ServerProcess } from '../../support/server-process.ts'
import { type Answer, createWorld, type World } from '../../support/world.ts'
import { positionNow, readChanges } from './support/changes.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const rows = 100_000
const megabyte = 2 ** 20

describe('a dump and restore', () => {
  it('keeps the feed: a position goes on in the copy, where new events follow', async () => {
    const write = (name: string) => `update commerce.md_product set nm = '${name}' where sku_cd = 'NW-0002'`
    const start = await positionNow(world)
    for (const name of ['first', 'second', 'third']) await world.client.$executeRawUnsafe(write(name))
    const [first, ...later] = (await readChanges(world, 'admin', { after: start, wait: 5 })).events
    expect(later).toHaveLength(2)

    const server = inject('server')
    const copy = await cloneDatabase(server, 'empty')
    await copyRows(world.databaseUrl, copy.ownerUrl)
    await using restored = await ServerProcess.open({
      DATABASE_URL: copy.url,
      DATA_DIR: world.config.dataDir,
      LOG_FORMAT: 'json',
    })
    const inCopy = { as: (viewer: string) => ({ query: askAt(restored.url, viewer) }) }
    const after = first?.position ?? ''
    const kept = await readChanges(inCopy, 'admin', { after })
    expect(kept.events.map(({ id, position }) => ({ id, position }))).toEqual(
      later.map(({ id, position }) => ({ id, position })),
    )
    await withClient(copy.ownerUrl, (client) => client.query(write('after the restore')))
    const next = await readChanges(inCopy, 'admin', { after: kept.endPosition, wait: 5 })
    expect(next.events.map(({ topic, sequence }) => [topic, sequence])).toEqual([
      ['PRODUCT_CHANGED', (later.at(-1)?.sequence ?? 0) + 1],
    ])
    await restored.end('SIGTERM')
    await onServer(server.url, `drop database ${copy.name} with (force)`)
  }, 60_000)
})

describe('an import by COPY', () => {
  it(`of ${rows} rows is ${rows} events, each once; the server keeps them not in memory, nor for a client that takes none`, async () => {
    const after = await positionNow(world)
    const idle = await idleStream('subscription { changes { id payload } }')
    const before = process.memoryUsage().rss
    const importing = withClient(world.databaseUrl, importProducts)
    let from = after
    const ids = new Set<string>()
    while (ids.size < rows) {
      const { events, endPosition } = await readChanges(world, 'anonymous', { after: from, first: 1000, wait: 30 })
      for (const { id } of events) {
        expect(ids.has(id)).toBe(false)
        ids.add(id)
      }
      from = endPosition
    }
    await importing
    expect((await readChanges(world, 'anonymous', { after: from })).events).toEqual([])
    // The ids, which this test keeps, are some 10 MB.
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * megabyte)
    idle.destroy()
  }, 300_000)
})

function askAt(url: string, viewer: string): (query: string, variables?: object) => Promise<Answer> {
  return async (query, variables = {}) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        authorization: `Bearer ${await world.tokenFor(viewer)}`,
      },
      body: JSON.stringify({ query, variables }),
    })
    return response.json()
  }
}

/** A stream whose client reads nothing after its beginning. */
async function idleStream(query: string): Promise<Socket> {
  const socket = connect(Number(new URL(world.url).port), '127.0.0.1')
  socket.write(
    `GET /graphql?${new URLSearchParams({ query })} HTTP/1.1\r\nhost: a\r\naccept: text/event-stream\r\n\r\n`,
  )
  await once(socket, 'data')
  return socket.pause()
}

async function importProducts(client: pg.Client): Promise<void> {
  const { rows: parents } = await client.query<{ category: string; supplier: string }>(
    'select category_uid as category, supplier_uid as supplier from commerce.md_product limit 1',
  )
  const { category, supplier } = parents[0] ?? {}
  const into = client.query(
    copyFrom(
      `copy commerce.md_product (uid, sku_cd, nm, unit_price_minor, ccy, category_uid, supplier_uid, qty_on_hand) from stdin`,
    ),
  )
  await pipeline(function* () {
    for (let row = 0; row < rows; row++)
      yield `${crypto.randomUUID()}\tCOPY-${row}\tCopied ${row}\t100\tUSD\t${category}\t${supplier}\t0\n`
  }, into)
}

/** What a dump keeps: rows and sequences, without transaction ids. A restore makes the triggers after the rows. */
async function copyRows(sourceUrl: string, targetUrl: string): Promise<void> {
  await withClient(sourceUrl, (source) =>
    withClient(targetUrl, async (target) => {
      await target.query(`set session_replication_role = replica; set frontdoor.tells = on`)
      const { rows: tables } = await source.query<{ name: string; columns: string }>(
        `select format('%I.%I', relnamespace::regnamespace, relname) as name,
                (select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
                 where attrelid = pg_class.oid and attnum > 0 and not attisdropped and attgenerated = '') as columns
         from pg_class
         where relkind in ('r', 'p') and not relispartition and relnamespace::regnamespace::text in ('commerce', 'platform')`,
      )
      for (const { name, columns } of tables) {
        if (!name.includes('audit')) await target.query(`delete from ${name}`)
        // Without the generated ones, as a dump has it.
        await pipeline(
          source.query(copyTo(`copy (select ${columns} from ${name}) to stdout`)),
          target.query(copyFrom(`copy ${name} (${columns}) from stdin`)),
        )
      }
      const { rows: sequences } = await source.query<{ name: string; last: string | null }>(
        `select format('%I.%I', schemaname, sequencename) as name, last_value as last from pg_sequences`,
      )
      for (const { name, last } of sequences) {
        if (last !== null) await target.query('select setval($1, $2)', [name, last])
      }
    }),
  )
}
