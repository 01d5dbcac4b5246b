import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import fc from 'fast-check'
import { createClient } from 'graphql-ws'
import type pg from 'pg'
import { describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { z } from 'zod'
import { loadDemo } from '../../../prisma/demo/load.ts'
import { demoViewers } from '../../../prisma/demo/viewers.ts'
import { prismaFolder } from '../../../src/app.ts'
import { developmentToken } from '../../../src/platform/auth/development-keys.ts'
import { parseConfig } from '../../../src/platform/config/config.ts'
import { openEmbeddedDatabase } from '../../../src/platform/database/embedded.ts'
import { migrateDatabase } from '../../../src/platform/database/migrate.ts'
import { withClient } from '../../../src/platform/database/with-client.ts'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { domain } from '../../../src/schema.ts'
import { fastFolder } from '../../support/fast-folder.ts'
import { freePort } from '../../support/free-port.ts'
import { ServerProcess } from '../../support/server-process.ts'
import { keyInput } from '../support/api-key.shop.ts'
import { type Draw, seed } from '../support/draw.ts'
import { reasonToSkip } from '../support/embedded.ts'
import { NatsServer, reasonToSkipNats } from '../support/nats.ts'
import { Receiver } from '../webhooks/support/receiver.ts'

// Writers with overlapping transactions and mutations, while the server is killed and PostgreSQL is restarted: every
// consumer gets every event once, in order. SOAK_EVENTS=100000 is the long run.

const wantedEvents = Number(process.env.SOAK_EVENTS ?? 5000)
const sqlWriters = 14
const mutationWriters = 6
const serverKills = 5
const databaseRestarts = 2
/** Rows of one statement. */
const mostRows = 8
const toleratedMs = 180_000

const reason = reasonToSkip()
if (reason) console.warn(`test/platform/events/soak.shop.test.ts is skipped: ${reason}`)
if (reasonToSkipNats) console.warn(`test/platform/events/soak.shop.test.ts leaves the relay out: ${reasonToSkipNats}`)

const eventShape = z.object({ id: z.string(), subjectId: z.string(), sequence: z.number() })
type Told = z.infer<typeof eventShape>

describe.skipIf(reason)('every event', () => {
  it(
    'arrives at every consumer once, in order, while server and database are killed and restarted',
    async () => {
      console.log(`soak: ${wantedEvents} events, RANDOM_SEED=${seed}`)
      await using soak = await Soak.open()
      const consumers = [soak.readChanges(), soak.listenOverSse(), soak.listenOverWebSocket()]
      const webhook = await soak.receiveWebhooks()
      const writes = await soak.writeAll()
      const truth = await soak.events()
      expect(truth.length).toBeGreaterThanOrEqual(wantedEvents)
      // What a writer was told is committed is there; a commit whose response was lost may be there too.
      const captured = truth.filter(({ topic }) => topic === 'product.changed').length
      expect(captured).toBeGreaterThanOrEqual(writes.committed)
      expect(captured).toBeLessThanOrEqual(writes.committed + writes.unknown)
      expect(truth.filter(({ topic }) => topic === 'stock.changed')).toHaveLength(writes.mutated)
      expectSequences(truth)
      const ids = truth.map(({ id }) => id)
      for (const { name, told } of consumers) {
        await expect.poll(() => told.length, { timeout: toleratedMs, interval: 200 }).toBeGreaterThanOrEqual(ids.length)
        expect([name, told.map(({ id }) => id)]).toEqual([name, ids])
      }
      // Its key does not see every event of these topics.
      const sent = truth.filter(({ topic }) => !/^(api_key|webhook)\./.test(topic)).map(({ id }) => id)
      await expect.poll(() => webhook.size, { timeout: toleratedMs, interval: 200 }).toBeGreaterThanOrEqual(sent.length)
      const received = [...webhook.values()]
      expect(received.map(({ id }) => id).sort()).toEqual(sent.sort())
      expectSequences(received)
      const relayed = await soak.relayed(ids.length)
      if (relayed) expect(relayed).toEqual(ids)
      console.log(
        `soak: ${ids.length} events, ${soak.kills} kills of the server, ${soak.restarts} restarts of PostgreSQL, ` +
          `${writes.mutated} mutations, ${writes.aborted} aborted transactions, ${writes.unknown} rows of unknown outcome; ${consumers.length} consumers,` +
          ` a webhook and ${relayed ? 'the relay' : 'no relay'} have all, in order, none twice but by the same id`,
      )
    },
    wantedEvents * 20 + 2 * toleratedMs,
  )
})

/** The events of one subject are numbered from 1, without gaps, in the order of the feed. */
function expectSequences(truth: readonly Told[]): void {
  for (const [subject, events] of Map.groupBy(truth, ({ subjectId }) => subjectId))
    expect([subject, events.map(({ sequence }) => sequence)]).toEqual([subject, events.map((_event, at) => at + 1)])
}

interface Consumer {
  name: string
  told: Told[]
}

interface Writes {
  /** Rows of transactions whose commit was confirmed. */
  committed: number
  unknown: number
  aborted: number
  /** Mutations, of one event each. */
  mutated: number
}

const page = z.object({
  data: z.object({ changes: z.object({ events: z.array(eventShape), endPosition: z.string() }) }),
})
const told = z.object({
  data: z.object({ changes: eventShape }),
  extensions: z.object({ position: z.string() }),
})
const fields = 'id subjectId sequence'

class Soak implements AsyncDisposable {
  kills = 0
  restarts = 0
  readonly #dataDir: string
  readonly #port: number
  readonly #token: string
  readonly #nats: NatsServer | undefined
  readonly #products: readonly string[]
  #database: Awaited<ReturnType<typeof openEmbeddedDatabase>>
  #server: ServerProcess
  #receiver: Receiver | undefined
  #isOver = false
  #written = 0

  static async open(): Promise<Soak> {
    const dataDir = await fastFolder('frontdoor-soak-')
    const database = await openEmbeddedDatabase({ dataDir })
    await migrateDatabase(database, prismaFolder, domain)
    await loadDemo(database.ownerUrl)
    const products = await withClient(database.ownerUrl, async (client) => {
      const { rows } = await client.query<{ uid: string }>('select uid from commerce.md_product order by uid')
      return rows.map(({ uid }) => uid)
    })
    const nats = reasonToSkipNats ? undefined : await NatsServer.start()
    const port = await freePort()
    const parts = { dataDir, port, database, products, nats }
    const claims = demoViewers.find(({ name }) => name === 'admin')?.claims
    if (!claims) throw new Error('there is no admin')
    const token = await developmentToken(dataDir, parseConfig({ NODE_ENV: 'test' }).auth, claims)
    return new Soak({ ...parts, token, server: await ServerProcess.open(environmentOf(parts)) })
  }

  private constructor(parts: {
    dataDir: string
    port: number
    token: string
    database: Awaited<ReturnType<typeof openEmbeddedDatabase>>
    server: ServerProcess
    products: readonly string[]
    nats: NatsServer | undefined
  }) {
    this.#dataDir = parts.dataDir
    this.#port = parts.port
    this.#token = parts.token
    this.#database = parts.database
    this.#server = parts.server
    this.#products = parts.products
    this.#nats = parts.nats
  }

  /** Stores the end of each page together with its events. */
  readChanges(): Consumer {
    const consumer: Consumer = { name: 'changes', told: [] }
    let after: string | null = null
    void this.#again(async () => {
      const query = `query ($after: String) { changes(after: $after, first: 500, wait: 2) { events { ${fields} } endPosition } }`
      const { changes } = page.parse(await this.#ask(query, { after })).data
      consumer.told.push(...changes.events)
      after = changes.endPosition
    })
    return consumer
  }

  listenOverSse(): Consumer {
    const consumer: Consumer = { name: 'SSE', told: [] }
    let lastEventId = ''
    void this.#again(async () => {
      const start = lastEventId === '' ? await this.#beginning() : lastEventId
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: { ...this.#headers, accept: 'text/event-stream', 'last-event-id': start },
        body: JSON.stringify({ query: `subscription { changes { ${fields} } }` }),
      })
      let text = ''
      for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        text += part
        for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
          const data = /^data: (.+)$/m.exec(text.slice(0, end))?.[1]
          text = text.slice(end + 2)
          if (data === undefined) continue
          const message = told.parse(JSON.parse(data))
          consumer.told.push(message.data.changes)
          lastEventId = message.extensions.position
        }
      }
    })
    return consumer
  }

  listenOverWebSocket(): Consumer {
    const consumer: Consumer = { name: 'WebSocket', told: [] }
    let after = ''
    void this.#again(async () => {
      if (after === '') after = await this.#beginning()
      const client = createClient({
        url: this.#url.replace('http', 'ws'),
        webSocketImpl: WebSocket,
        connectionParams: { authorization: `Bearer ${this.#token}` },
        retryAttempts: 0,
      })
      const query = `subscription ($after: String) { changes(after: $after) { ${fields} } }`
      for await (const result of client.iterate({ query, variables: { after } })) {
        const message = told.parse(result)
        consumer.told.push(message.data.changes)
        after = message.extensions.position
      }
    })
    return consumer
  }

  /** What the receiver of an ordered webhook accepted, by `webhook-id`, in the order of the first acceptance. */
  async receiveWebhooks(): Promise<Map<string, Told>> {
    const receiver = await Receiver.open()
    this.#receiver = receiver
    const accepted = new Map<string, Told>()
    receiver.respond = ({ id, body }, response) => {
      response.on('finish', () => accepted.has(id) || accepted.set(id, eventShape.parse(body.data)))
      response.end()
    }
    const key = z.object({ data: z.object({ apiKeyCreate: z.object({ apiKey: z.object({ id: z.string() }) }) }) })
    const make = 'mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { apiKey { id } } }'
    const scopes = Object.keys(domain.scopes).filter((scope) => scope !== 'keys:manage')
    const made = await this.#ask(make, { input: keyInput({ scopes }) })
    const { topics } = z
      .object({ data: z.object({ topics: z.object({ enumValues: z.array(z.object({ name: z.string() })) }) }) })
      .parse(await this.#ask('{ topics: __type(name: "EventTopic") { enumValues { name } } }', {})).data
    const done = z.object({
      data: z.object({ webhookCreate: z.object({ userErrors: z.array(z.unknown()).length(0) }) }),
    })
    const { id: apiKeyId } = key.parse(made).data.apiKeyCreate.apiKey
    const seen = topics.enumValues.map(({ name }) => name).filter((name) => !/^(API_KEY|WEBHOOK)_/.test(name))
    const input = { name: 'Soak', url: receiver.url, apiKeyId, topics: seen, isOrdered: true }
    const create = 'mutation ($input: WebhookCreateInput!) { webhookCreate(input: $input) { userErrors { code } } }'
    done.parse(await this.#ask(create, { input }))
    return accepted
  }

  async writeAll(): Promise<Writes> {
    const draw = fc.sample(fc.gen(), { seed, numRuns: sqlWriters + mutationWriters })
    const writes: Writes = { committed: 0, unknown: 0, aborted: 0, mutated: 0 }
    const disturbing = this.#disturb()
    await Promise.all(
      draw.map((each, at) => (at < sqlWriters ? this.#writeSql(each, writes) : this.#mutate(each, writes))),
    )
    await disturbing
    return writes
  }

  /** All events of the feed, in order, once each has its position. */
  async events(): Promise<(Told & { topic: string })[]> {
    return withClient(this.#database.ownerUrl, async (client) => {
      const waiting = async () => {
        const { rows } = await client.query(
          'select from platform.pf_outbox o join platform.pf_feed f on f.open_ids @> o.pos limit 1',
        )
        return rows.length
      }
      await expect.poll(waiting, { timeout: 20_000 }).toBe(0)
      const { rows } = await client.query<{ uid: string; type: string; key: string; sequence: number; topic: string }>(
        `select uid, agg_type as type, agg_key as key, agg_seq as sequence, topic_nm as topic
         from platform.pf_feed_event order by run_pos, pos`,
      )
      return rows.map(({ uid, type, key, sequence, topic }) => {
        return { id: encodeId('Event', uid), subjectId: encodeId(type, key), sequence, topic }
      })
    })
  }

  /** Ids in the stream of NATS, in order; undefined without NATS. */
  async relayed(count: number): Promise<string[] | undefined> {
    if (!this.#nats) return undefined
    const connection = await connect({ servers: new URL(this.#nats.url).host, user: 'door', pass: 's:cret' })
    const { streams } = await jetstreamManager(connection)
    const stored = async () => (await streams.info('FRONTDOOR_EVENTS')).state.messages
    await expect.poll(stored, { timeout: toleratedMs, interval: 500 }).toBeGreaterThanOrEqual(count)
    const consumer = await jetstream(connection).consumers.get('FRONTDOOR_EVENTS')
    const ids: string[] = []
    while (ids.length < (await stored())) {
      for await (const message of await consumer.fetch({ max_messages: 1000, expires: 2000 }))
        ids.push(eventShape.parse(message.json()).id)
    }
    await connection.close()
    return ids
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true
    await this.#server.end('SIGKILL')
    await this.#database.stop()
    await this.#nats?.[Symbol.asyncDispose]()
    await this.#receiver?.close()
    await rm(this.#dataDir, { recursive: true, force: true })
  }

  get #url(): string {
    return `http://127.0.0.1:${this.#port}/graphql`
  }

  get #headers() {
    return {
      'content-type': 'application/json',
      accept: 'application/json',
      authorization: `Bearer ${this.#token}`,
    }
  }

  get #isWritten(): boolean {
    return this.#written >= wantedEvents
  }

  async #ask(query: string, variables: object): Promise<unknown> {
    const body = JSON.stringify({ query, variables })
    return (await fetch(this.#url, { method: 'POST', headers: this.#headers, body })).json()
  }

  /** The position before the first event of the feed. */
  async #beginning(): Promise<string> {
    const answered = await this.#ask('{ changes(first: 0) { events { id subjectId sequence } endPosition } }', {})
    const { endPosition } = page.parse(answered).data.changes
    return endPosition
  }

  /** Runs again and again, also after a failure, until the test is over. */
  async #again(run: () => Promise<void>): Promise<void> {
    while (!this.#isOver) await run().catch(() => pause(50))
  }

  async #writeSql(draw: Draw, writes: Writes): Promise<void> {
    while (!this.#isWritten) {
      try {
        await withClient(this.#database.ownerUrl, async (client) => {
          while (!this.#isWritten) await this.#transact(client, draw, writes)
        })
      } catch {
        await pause(50)
      }
    }
  }

  async #transact(client: pg.Client, draw: Draw, writes: Writes): Promise<void> {
    const keys = draw(someOf, this.#products.length).map((at) => this.#products[at])
    const isAborted = draw(fc.nat, { max: 4 }) === 0
    await client.query('begin')
    await client.query('select 1 from commerce.md_product where uid = any($1) order by uid for update', [keys])
    await client.query('update commerce.md_product set qty_reorder = qty_reorder + 1 where uid = any($1)', [keys])
    await client.query('select pg_sleep($1)', [draw(fc.nat, { max: 10 }) / 1000])
    if (isAborted) {
      await client.query('rollback')
      writes.aborted++
      return
    }
    try {
      await client.query('commit')
    } catch (error) {
      writes.unknown += keys.length
      throw error
    }
    writes.committed += keys.length
    this.#written += keys.length
  }

  async #mutate(draw: Draw, writes: Writes): Promise<void> {
    const adjust = `mutation ($input: StockAdjustInput!) { stockAdjust(input: $input) { userErrors { code } } }`
    const done = z.object({ data: z.object({ stockAdjust: z.object({ userErrors: z.array(z.unknown()).length(0) }) }) })
    while (!this.#isWritten) {
      const productId = encodeId('Product', this.#products[draw(fc.nat, { max: this.#products.length - 1 })] ?? '')
      const input = { productId, quantity: 1, reason: 'DELIVERY', idempotencyKey: randomUUID() }
      for (;;) {
        try {
          done.parse(await this.#ask(adjust, { input }))
          break
        } catch {
          await pause(50)
        }
      }
      writes.mutated++
      this.#written++
    }
  }

  async #disturb(): Promise<void> {
    const turns = serverKills + databaseRestarts
    for (let turn = 1; turn <= turns; turn++) {
      while (this.#written < (wantedEvents * turn) / (turns + 1)) await pause(20)
      if (turn % 3 === 0 && this.restarts < databaseRestarts) await this.#restartDatabase()
      else await this.#killServer()
    }
  }

  async #killServer(): Promise<void> {
    await this.#server.end('SIGKILL')
    this.kills++
    this.#server = await ServerProcess.open(this.#environment)
  }

  async #restartDatabase(): Promise<void> {
    await this.#database.stop()
    this.restarts++
    this.#database = await openEmbeddedDatabase({ dataDir: this.#dataDir })
  }

  get #environment() {
    return environmentOf({ dataDir: this.#dataDir, port: this.#port, database: this.#database, nats: this.#nats })
  }
}

/** Places in a list of this length. */
function someOf(count: number) {
  return fc.uniqueArray(fc.nat({ max: count - 1 }), { minLength: 1, maxLength: mostRows })
}

function environmentOf(parts: {
  dataDir: string
  port: number
  database: { url: string }
  nats: NatsServer | undefined
}) {
  return {
    PORT: String(parts.port),
    DATABASE_URL: parts.database.url,
    DATA_DIR: parts.dataDir,
    LOG_LEVEL: 'warn',
    LOG_FORMAT: 'json',
    WEBHOOK_FIRST_RETRY_MS: '100',
    RATE_LIMIT_CAPACITY: '1000000000',
    ...(parts.nats && { EVENTS_RELAY: parts.nats.url }),
  }
}
