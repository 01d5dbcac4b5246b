import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { z } from 'zod'
import { isReplicaFailure } from '../../../src/platform/database/failure.ts'
import type { ReadSource } from '../../../src/platform/database/read-pool.ts'
import { ReadRoute } from '../../../src/platform/database/read-route.ts'
import type { SeenPosition } from '../../../src/platform/database/wal-position.ts'
import { withClient } from '../../../src/platform/database/with-client.ts'
import { ConsistencyTokens } from '../../../src/platform/execution/consistency-token.ts'
import { answer, createWorld, dataOf, type World } from '../../support/world.ts'
import { openStream } from '../events/support/stream.ts'
import { reasonToSkip } from '../support/embedded.ts'
import { type Standby, StreamingCluster } from '../support/standby.ts'

const reason = reasonToSkip()
if (reason) console.warn(`replicas: skipped, ${reason}`)

const named = z.object({ product: z.object({ id: z.string(), name: z.string(), version: z.number() }) })
const renamed = z.object({ productUpdate: named.extend({ userErrors: z.array(z.unknown()) }) })
const withToken = z.object({ consistency: z.object({ token: z.string() }) })
const query = 'query P { product(sku: "NW-0001") { id name version } }'
const rename = `mutation R($input: ProductUpdateInput!) {
  productUpdate(input: $input) { product { id name version } userErrors { code } } }`

describe.skipIf(reason !== false)('with streaming replicas', () => {
  let cluster: StreamingCluster
  let standby: Standby
  let world: World
  beforeAll(async () => {
    cluster = await StreamingCluster.open()
    standby = await cluster.addStandby()
    world = await worldWith({ REPLICA_MAX_LAG_MS: '600000' })
  })
  afterAll(async () => {
    await world.close()
    await cluster[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    await standby.resumeReplay()
    await isReadFrom('replica 1')
  })

  /** Its database is on the replica when this resolves. */
  async function worldWith(env: Record<string, string>, replicas: readonly Standby[] = [standby]): Promise<World> {
    const replicaUrlsOf = (url: string) => replicas.map((replica) => replica.urlOf(url))
    const opened = await createWorld({ server: cluster.server, env: { METRICS_PORT: '0', ...env }, replicaUrlsOf })
    await Promise.all(replicas.map((replica) => replica.caughtUp()))
    return opened
  }

  async function ask(
    text: string,
    options: { of?: World; as?: string; variables?: object; token?: string; extensions?: object } = {},
  ) {
    const { of = world, as = 'admin', variables, token, extensions } = options
    const response = await of.fetchGraphQL({
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(as !== 'anonymous' && { authorization: `Bearer ${await of.tokenFor(as)}` }),
        ...(token !== undefined && { 'x-consistency-token': token }),
      },
      body: JSON.stringify({ query: text, variables, extensions }),
    })
    return { answered: answer.parse(await response.json()), header: response.headers.get('x-consistency-token') }
  }

  const nameNow = async (options: Parameters<typeof ask>[1] = {}) =>
    dataOf((await ask(query, options)).answered, named).product.name

  /** Renames the product. Returns its new name and the token of the answer. */
  async function write(of = world) {
    const { id, version } = dataOf((await ask(query, { of, token: 'the primary' })).answered, named).product
    const name = `Chai ${crypto.randomUUID()}`
    const { answered, header } = await ask(rename, { of, variables: { input: { productId: id, version, name } } })
    expect(dataOf(answered, renamed).productUpdate.product.name).toBe(name)
    const { token } = withToken.parse(answered.extensions).consistency
    expect(header).toBe(token)
    return { name, token, id }
  }

  const lines = (of = world) =>
    of.logLines.flatMap(
      (line) =>
        z
          .object({ msg: z.literal('operation') })
          .loose()
          .safeParse(JSON.parse(line)).data ?? [],
    )
  const lastLine = (of = world) => lines(of).at(-1)

  /** Resolves once queries are read there. */
  async function isReadFrom(server: string, { database } = world): Promise<void> {
    while ((await database.sourceFor()).name !== server) await pause(5)
  }

  const metric = async (name: string, of = world) =>
    Number(
      new RegExp(`^frontdoor_${name} (.*)$`, 'm').exec(await (await fetch(`${of.metricsUrl}/metrics`)).text())?.[1] ??
        0,
    )

  it('reads queries from a replica, in as many statements, and says so in the log and in metrics', async () => {
    const before = await metric('reads_total{database="replica 1"}')
    const statements = await world.statementsOf(() => ask(query))
    expect(statements).toHaveLength(1)
    expect(lastLine()).toMatchObject({ database: 'replica 1', replicaLagMs: expect.any(Number), statements: 1 })
    expect(await metric('reads_total{database="replica 1"}')).toBe(before + 1)
    expect(await metric('replica_up{replica="replica 1"}')).toBe(1)
    expect(await metric('replica_lag_seconds{replica="replica 1"}')).toBeLessThan(30)
  })

  it('shows a client its own write, by the token of the answer, while the replica lacks it', async () => {
    await standby.pauseReplay()
    const old = await nameNow()
    const { name, token } = await write()
    expect(await nameNow()).toBe(old)
    expect(await nameNow({ token })).toBe(name)
    expect(lastLine()).toMatchObject({ database: 'primary' })
    expect(await nameNow({ extensions: { consistency: { token } } })).toBe(name)
    expect(await nameNow({ token, extensions: { consistency: { token } } })).toBe(name)
  })

  it('exports what the client has seen, by its token, while the replica lacks it', async () => {
    await standby.pauseReplay()
    const { name, token } = await write()
    const namesIn = async (headers: Record<string, string>) => {
      const body = JSON.stringify({ query: '{ products { edges { node { name } } } }' })
      const sent = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body }
      return (await world.fetchAs('anonymous', '/bulk/export', sent)).text()
    }
    expect(await namesIn({})).not.toContain(name)
    expect(await namesIn({ 'x-consistency-token': token })).toContain(name)
    expect(await namesIn({ 'x-consistency-token': 'the primary' })).toContain(name)
  })

  it('reads from the replica again, once that has what the client has seen', async () => {
    const { name, token } = await write()
    await standby.caughtUp()
    // The server asks the replica for its position now and then: a read before that goes to the primary.
    const read = async () => {
      expect(await nameNow({ token })).toBe(name)
      return lastLine()
    }
    await expect.poll(read).toMatchObject({ database: 'replica 1' })
  })

  it('gives a token that is good on other servers of the same secret', async () => {
    await standby.pauseReplay()
    const other = await world.openReplica()
    try {
      const { name, token } = await write()
      const response = await fetch(`${other.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-consistency-token': token },
        body: JSON.stringify({ query }),
      })
      expect(dataOf(answer.parse(await response.json()), named).product.name).toBe(name)
    } finally {
      await other.close()
    }
  })

  it.each(['rubbish', 'x'.repeat(5000), `${'A'.repeat(70)}`])(
    'reads from the primary by a token it cannot read',
    async (token) => {
      expect((await ask(query, { token })).answered.errors).toBeUndefined()
      expect(lastLine()).toMatchObject({ database: 'primary' })
    },
  )

  it('gives a token with a refused mutation too, which demands no less than the one that came with it', async () => {
    const { name, token } = await write()
    await standby.pauseReplay()
    const refused = 'mutation { categoryCreate(input: { name: "" }) { userErrors { code } } }'
    for (const as of ['admin', 'anonymous']) {
      const { answered } = await ask(refused, { as, token })
      expect(await nameNow({ token: withToken.parse(answered.extensions).consistency.token })).toBe(name)
    }
    // It reached no database, and nothing says what its client has seen.
    const { answered } = await ask(refused, { as: 'anonymous' })
    await nameNow({ token: withToken.parse(answered.extensions).consistency.token })
    expect(lastLine()).toMatchObject({ database: 'primary' })
  })

  it('gives no token with a query', async () => {
    const { answered, header } = await ask(query)
    expect([header, answered.extensions?.consistency]).toEqual([null, undefined])
  })

  it('reads events and what they lead to on the primary', async () => {
    const changes = 'query C($after: String) { changes(after: $after) { events { topic } endPosition } }'
    const page = z.object({
      changes: z.object({ events: z.array(z.object({ topic: z.string() })), endPosition: z.string() }),
    })
    const { endPosition } = dataOf((await ask(changes, { variables: { after: 'now' } })).answered, page).changes
    const stream = await openStream(world, {
      as: 'admin',
      query: `subscription { productChanged(ids: ["${(await write()).id}"]) { product { name } } }`,
    })
    await standby.pauseReplay()
    const { name } = await write()
    const { events } = dataOf((await ask(changes, { variables: { after: endPosition } })).answered, page).changes
    expect(events.map(({ topic }) => topic)).toEqual(['PRODUCT_UPDATED', 'PRODUCT_UPDATED'])
    expect((await stream.next())?.data).toContain(name)
    stream.close()
  })

  it('serves a caller that needs no fresh rows from a replica, also beyond the bound of queries', async () => {
    await using strict = await worldWith({ REPLICA_MAX_LAG_MS: '100' })
    await isReadFrom('replica 1', strict)
    await standby.pauseReplay()
    do await write(strict)
    while ((await strict.database.sourceFor()).name !== 'primary')
    expect((await strict.database.sourceFor({ maxLagMs: 600_000 })).name).toBe('replica 1')
    await ask(query, { of: strict })
    expect(lastLine(strict)).toMatchObject({ database: 'primary' })
  })

  it('repeats a read on the primary that the replica cancels for what it replays', async () => {
    const { database } = world
    const { replicas } = database
    if (!replicas) throw new Error('no replicas')
    const failures: unknown[] = []
    const slow = `select count(*)::int, pg_sleep(case when pg_is_in_recovery() then 20 else 0 end)::text
      from commerce.lg_carrier`
    const readers = [
      (source: ReadSource) => source.client.$queryRawUnsafe(slow),
      async (source: ReadSource) => {
        const client = await source.connect()
        try {
          return (await client.query(slow)).rows
        } finally {
          client.release()
        }
      },
    ]
    const repeated = await metric('repeated_reads_total{replica="replica 1"}')
    for (const read of readers) {
      await isReadFrom('replica 1')
      const route = new ReadRoute(database, replicas, () => ({}))
      const reading = route.run(async (source) => {
        try {
          return await read(source)
        } catch (error) {
          failures.push(error)
          throw error
        }
      })
      await standby.waitsIn('PgSleep')
      // Rows that the reader's snapshot still sees are removed.
      await withClient(world.databaseUrl, async (client) => {
        await client.query(`update commerce.lg_carrier set phone_no = phone_no`)
        await client.query('vacuum commerce.lg_carrier')
      })
      expect(await reading).toHaveLength(1)
      expect(route.server).toBe('primary')
    }
    expect(failures.map(isReplicaFailure)).toEqual([true, true])
    expect(await metric('repeated_reads_total{replica="replica 1"}')).toBe(repeated + 2)
  })

  it('repeats a read on the primary that waits for a lock of the migration that the replica replays', async () => {
    await withClient(world.databaseUrl, async (client) => {
      await client.query('begin')
      await client.query('alter table commerce.lg_carrier add column extra int')
      await standby.caughtUp()
      await standby.pauseReplay()
      await client.query('rollback')
    })
    const { answered } = await ask('{ carriers(first: 1) { edges { node { name } } } }')
    expect(answered.errors).toBeUndefined()
    expect(lastLine()).toMatchObject({ database: 'primary' })
    // The next query of other tables is read there.
    await ask(query)
    expect(lastLine()).toMatchObject({ database: 'replica 1' })
  })

  it('does not fill the response cache from a replica that lacks the write whose event emptied it', async () => {
    await using cached = await worldWith({ REPLICA_MAX_LAG_MS: '600000', RESPONSE_CACHE_BYTES: '1000000' })
    await isReadFrom('replica 1', cached)
    await standby.pauseReplay()
    const { name } = await write(cached)
    expect([await nameNow({ of: cached }), await nameNow({ of: cached })]).toEqual([name, name])
  })

  it('chooses no replica for what it cannot compare, or what no replica has yet', async () => {
    const { database } = world
    const { token } = await write()
    const tokens = new ConsistencyTokens(await readFile(join(world.config.dataDir, 'cursor-secret'), 'utf8'))
    const seen = tokens.decode(token)
    if (seen === 'unknown') throw new Error('the token is not read')
    const serverFor = async (after: SeenPosition) => (await database.sourceFor({ after })).name
    while ((await serverFor(seen)) !== 'replica 1') await pause(5)
    expect(await serverFor({ ...seen, lsn: 0n })).toBe('replica 1')
    // From before a promotion: what the primary has of it, a replica has that began behind the promotion.
    expect(await serverFor({ ...seen, timeline: seen.timeline - 1, lsn: seen.lsn + 2n ** 40n })).toBe('replica 1')
    for (const other of [
      { ...seen, cluster: '7713531131218426503' },
      { ...seen, timeline: seen.timeline + 1 },
      { ...seen, lsn: seen.lsn + 2n ** 40n },
      'unknown' as const,
    ]) {
      expect(await serverFor(other)).toBe('primary')
    }
    expect(new ConsistencyTokens('another secret').decode(token)).toBe('unknown')
  })

  it('takes no server for a replica that is none', async () => {
    const replicaUrlsOf = (url: string) => [url, inject('server').url, 'postgresql://nobody@127.0.0.1:1/nothing']
    await using strange = await createWorld({ server: cluster.server, env: { METRICS_PORT: '0' }, replicaUrlsOf })
    expect(await nameNow({ of: strange })).toBe('Chai')
    expect(lastLine(strange)).toMatchObject({ database: 'primary' })
    const refusal = z.object({ replica: z.string(), fault: z.string() })
    const faults = strange.logLines.flatMap((line) => refusal.safeParse(JSON.parse(line)).data ?? [])
    expect(faults.sort((one, other) => one.replica.localeCompare(other.replica))).toEqual([
      { replica: 'replica 1', fault: expect.stringContaining('is no replica') },
      { replica: 'replica 2', fault: expect.stringContaining('is no replica') },
      { replica: 'replica 3', fault: 'does not answer' },
    ])
    expect(await metric('replica_up{replica="replica 1"}', strange)).toBe(0)
  })

  it('fails no request while a replica keeps its connections and answers nothing', async () => {
    await isReadFrom('replica 1')
    let isOver = false
    const errors: unknown[] = []
    const readers = Array.from({ length: 4 }, async () => {
      while (!isOver) errors.push(...((await ask(query)).answered.errors ?? []))
    })
    await standby.freeze()
    try {
      await isReadFrom('primary')
      isOver = true
      await Promise.all(readers)
    } finally {
      standby.thaw()
    }
    expect(errors).toEqual([])
  })

  it('fails no request while a replica is killed and comes back, nor after it was promoted', async () => {
    const doomed = await cluster.addStandby()
    await using lonely = await worldWith({ REPLICA_MAX_LAG_MS: '600000' }, [doomed])
    await isReadFrom('replica 1', lonely)
    let isOver = false
    const errors: unknown[] = []
    const readers = Array.from({ length: 8 }, async () => {
      while (!isOver) errors.push(...((await ask(query, { of: lonely })).answered.errors ?? []))
    })
    await doomed.stop('SIGQUIT')
    await isReadFrom('primary', lonely)
    await doomed.start()
    await isReadFrom('replica 1', lonely)
    await doomed.promote()
    await isReadFrom('primary', lonely)
    isOver = true
    await Promise.all(readers)
    expect(errors).toEqual([])
    expect((await fetch(`${lonely.url}/readyz`)).status).toBe(200)
  })
})
