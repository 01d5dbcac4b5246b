import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { z } from 'zod'
import { openApp } from '../../../src/app.ts'
import { onServer } from '../../support/database-server.ts'
import { createWorld, dataOf, type World } from '../../support/world.ts'
import { newKey } from '../support/api-key.shop.ts'
import { post } from '../support/call.ts'
import { Lock } from '../support/lock.ts'

const env = { RESPONSE_CACHE_BYTES: '1000000', METRICS_PORT: '0' }
const product = 'query P($sku: String!) { product(sku: $sku) { id version name category { name } supplier { name } } }'
const chai = { sku: 'NW-0001' }
const shape = z.object({ product: z.object({ id: z.string(), version: z.number(), name: z.string() }) })
const rename = 'mutation R($input: ProductUpdateInput!) { productUpdate(input: $input) { userErrors { code } } }'
const adjust = 'mutation A($input: StockAdjustInput!) { stockAdjust(input: $input) { userErrors { code } } }'

let world: World
beforeAll(async () => {
  world = await createWorld({ env })
})
afterAll(() => world.close())

const ask = (viewer = 'anonymous', query = product, variables: Record<string, unknown> = chai) =>
  world.as(viewer).query(query, variables)
/** The number of statements of each call. */
const costOf = async (call: () => Promise<unknown>, times = 1) => {
  const counts: number[] = []
  for (let time = 0; time < times; time++) counts.push((await world.statementsOf(call)).length)
  return counts
}
const nameNow = async () => dataOf(await ask(), shape).product.name
const sql = async (statement: string) => {
  await world.client.$executeRawUnsafe(statement)
  await world.feed.caughtUp()
}
const setName = (name: string) => `update commerce.md_product set nm = '${name}' where sku_cd = 'NW-0001'`
const metric = async (name: string) => {
  const text = await (await fetch(`${world.metricsUrl}/metrics`)).text()
  return new RegExp(`^frontdoor_${name} (.*)$`, 'm').exec(text)?.[1]
}

describe('a response with public data only', () => {
  it('is read once, and then costs no statement, for any viewer', async () => {
    const { secret } = await newKey(world)
    const first = await ask()
    for (const viewer of ['anonymous', 'customer ALFKI', 'customer BONAP', 'support', 'admin']) {
      expect(await costOf(() => ask(viewer))).toEqual([0])
      expect((await ask(viewer)).data).toEqual(first.data)
    }
    const withKey = await post(world.url, { query: product, variables: chai }, { authorization: `Bearer ${secret}` })
    expect(JSON.parse(withKey.text).data).toEqual(first.data)
  })

  it('is counted, charged and logged like a read one', async () => {
    const query = '{ products(first: 3) { edges { cursor node { sku unitPrice { amount currency } } } totalCount } }'
    const hits = Number(await metric('response_cache_total{result="hit"}'))
    const [missed, hit] = [await ask('customer ALFKI', query), await ask('customer BONAP', query)]
    expect(hit.data).toEqual(missed.data)
    const { throttle, ...cost } = hit.extensions?.cost ?? {}
    expect({ ...cost, throttle }).toEqual({ ...missed.extensions?.cost, throttle: expect.anything() })
    const lines = world.logLines.slice(-2).map((line) => JSON.parse(line))
    expect(lines.map(({ kept, statements, cost, viewer }) => ({ kept, statements, cost, viewer }))).toEqual([
      { kept: undefined, statements: 2, cost: missed.extensions?.cost?.requested, viewer: 'customer' },
      { kept: true, statements: 0, cost: missed.extensions?.cost?.requested, viewer: 'customer' },
    ])
    expect(Number(await metric('response_cache_total{result="hit"}'))).toBe(hits + 1)
  })

  it('says that an object is missing only until it exists', async () => {
    const none = { sku: 'NW-9999' }
    expect((await ask('anonymous', product, none)).data).toEqual({ product: null })
    expect(await costOf(() => ask('anonymous', product, none))).toEqual([0])
    await sql(`insert into commerce.md_product
      select gen_random_uuid(), 'NW-9999', nm, pack_txt, unit_price_minor, ccy, 0, 0, 0, false, supplier_uid, category_uid
      from commerce.md_product where sku_cd = 'NW-0001'`)
    expect(dataOf(await ask('anonymous', product, none), shape).product.name).toBe('Chai')
    await sql(`delete from commerce.md_product where sku_cd = 'NW-9999'`)
    expect((await ask('anonymous', product, none)).data).toEqual({ product: null })
  })
})

describe('a write', () => {
  it('by a mutation is visible to the next request, for every cached response', async () => {
    for (const name of ['Chai 1', 'Chai 2', 'Chai 3', 'Chai 4', 'Chai']) {
      const { id, version } = dataOf(await ask(), shape).product
      await world.as('admin').query(rename, { input: { productId: id, version, name } })
      expect(await nameNow()).toBe(name)
      expect(await costOf(ask)).toEqual([0])
    }
  })

  it('by another server is visible once it was reported', async () => {
    const other = await openApp(world.config, world.serverDatabaseUrl, pino({ level: 'silent' }))
    const { id, version } = dataOf(await ask(), shape).product
    const headers = { authorization: `Bearer ${await world.tokenFor('admin')}` }
    await post(other.url, { query: rename, variables: { input: { productId: id, version, name: 'Other' } } }, headers)
    await world.feed.caughtUp()
    expect(await nameNow()).toBe('Other')
    await sql(setName('Chai'))
    await other.close()
  })

  it.each([
    ['an update', 'update commerce.md_product set pack_txt = pack_txt || $$.$$'],
    ['an update of what hangs on it', 'update commerce.md_category set nm = nm || $$.$$'],
    [
      'an update in a statement of another kind',
      'with w as (update commerce.md_supplier set nm = nm || $$.$$) select 1',
    ],
    [
      'an upsert',
      `insert into commerce.md_category (uid, nm) select uid, nm from commerce.md_category limit 1
       on conflict (uid) do update set nm = excluded.nm || '.'`,
    ],
    ['a function', `do 'begin update commerce.md_product set pack_txt = pack_txt || $$.$$; end'`],
  ])('in SQL (%s) is visible once it was reported', async (_what, statement) => {
    expect(await costOf(ask, 2)).toEqual([expect.anything(), 0])
    await sql(statement)
    expect(await costOf(ask)).toEqual([1])
  })

  it.each([
    ['no row', 'update commerce.md_product set nm = nm where false'],
    ['no value', 'update commerce.md_product set nm = nm'],
  ])('in SQL that changes %s keeps the response', async (_what, statement) => {
    expect(await costOf(ask, 2)).toEqual([expect.anything(), 0])
    await sql(statement)
    expect(await costOf(ask)).toEqual([0])
  })

  it('is visible where triggers are off for replication', async () => {
    expect(await costOf(ask, 2)).toEqual([expect.anything(), 0])
    await world.client.$transaction(async (tx) => {
      await tx.$executeRawUnsafe('set local session_replication_role = replica')
      await tx.$executeRawUnsafe(setName('Replica'))
    })
    await world.feed.caughtUp()
    expect(await nameNow()).toBe('Replica')
    await sql(setName('Chai'))
  })

  it('that is rolled back changes nothing', async () => {
    expect(await costOf(ask, 2)).toEqual([expect.anything(), 0])
    const written = world.client.$transaction(async (tx) => {
      await tx.$executeRawUnsafe(setName('Never'))
      throw new Error('taken back')
    })
    await expect(written).rejects.toThrow('taken back')
    await world.feed.caughtUp()
    expect(await costOf(ask)).toEqual([0])
    expect(await nameNow()).toBe('Chai')
  })

  it('of the stock drops no cached response', async () => {
    const { id } = dataOf(await ask(), shape).product
    const input = { productId: id, quantity: 1, reason: 'COUNT', idempotencyKey: 'one-more' }
    expect((await world.as('admin').query(adjust, { input })).errors).toBeUndefined()
    expect(await costOf(ask)).toEqual([0])
  })

  it('during the read of a response keeps it out of the cache', async () => {
    const query = `query P($sku: String!) { product(sku: $sku) { name } suppliers { totalCount } }`
    const lock = await Lock.on('commerce.md_supplier', world)
    world.statements.length = 0
    const answering = ask('anonymous', query)
    await lock.waitedForBy(1)
    await vi.waitFor(() => expect(world.statements.filter(({ sql }) => sql.includes('md_product'))).toHaveLength(1))
    await sql(setName('Meanwhile'))
    await lock.release()
    const named = z.object({ product: z.object({ name: z.string() }) })
    expect(dataOf(await answering, named).product.name).toBe('Chai')
    expect(dataOf(await ask('anonymous', query), named).product.name).toBe('Meanwhile')
    expect(await costOf(() => ask('anonymous', query))).toEqual([0])
    await sql(setName('Chai'))
  })
})

describe('a response that could differ for another viewer, or a moment later,', () => {
  it.each([
    ['orders', '{ orders(first: 1) { edges { node { number } } } }', 'customer ALFKI'],
    ['a rule', '{ product(sku: "NW-0001") { name unitsSold } }', 'admin'],
    ['a rule that is skipped', '{ product(sku: "NW-0001") { name unitsSold @skip(if: true) } }', 'anonymous'],
    ['who asks', '{ viewer { kind } product(sku: "NW-0001") { name } }', 'anonymous'],
    ['stock', '{ product(sku: "NW-0001") { available } }', 'anonymous'],
    [
      'stock that is filtered by',
      '{ products(first: 1, filter: { inStock: true }) { edges { node { name } } } }',
      'admin',
    ],
    ['a node', '{ categories(first: 1) { edges { node { id } } } node(id: "x") { id } }', 'anonymous'],
    ['an error', '{ product { name } categories { totalCount } }', 'anonymous'],
  ])('is read each time: %s', async (_what, query, viewer) => {
    const counts = await costOf(() => ask(viewer, query, {}), 3)
    if (!query.startsWith('{ viewer')) expect(Math.min(...counts)).toBeGreaterThan(0)
    expect(world.logLines.slice(-3).map((line) => JSON.parse(line).kept)).toEqual([undefined, undefined, undefined])
  })

  it('is never another customer’s', async () => {
    const query = '{ orders(first: 1) { edges { node { number customer { name } } } } }'
    const answers = await Promise.all(['customer ALFKI', 'customer BONAP', 'admin'].map((who) => ask(who, query, {})))
    expect(new Set(answers.map(({ data }) => JSON.stringify(data))).size).toBe(3)
    expect((await ask('anonymous', query, {})).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')
  })
})

describe('the key of a response', () => {
  const page =
    'query L($first: Int = 2, $filter: ProductFilter) { products(first: $first, filter: $filter) { edges { node { sku } } } }'

  it.each([
    ['what is not declared', { sku: 'NW-0002', other: 1 }, product, { sku: 'NW-0002' }],
    ['a default', {}, page, { first: 2 }],
    [
      'the order of an input',
      { filter: { discontinued: true, nameContains: 'a' } },
      page,
      { filter: { nameContains: 'a', discontinued: true } },
    ],
  ])('has variables as they are coerced: %s', async (_what, first, query, second) => {
    const answered = await ask('anonymous', query, first)
    expect(await costOf(() => ask('anonymous', query, second))).toEqual([0])
    expect((await ask('anonymous', query, second)).data).toEqual(answered.data)
  })

  it('distinguishes documents, operations, aliases and values', async () => {
    const two = 'query A { product(sku: "NW-0003") { name } } query B { product(sku: "NW-0003") { sku } }'
    const asked = async (operationName: string) =>
      JSON.parse((await post(world.url, { query: two, operationName })).text).data
    for (let time = 0; time < 2; time++) {
      expect(await asked('A')).toEqual({ product: { name: 'Aniseed Syrup' } })
      expect(await asked('B')).toEqual({ product: { sku: 'NW-0003' } })
      expect((await ask('anonymous', '{ product(sku: "NW-0003") { a: sku } }', {})).data).toEqual({
        product: { a: 'NW-0003' },
      })
      expect((await ask('anonymous', '{ product(sku: "NW-0003") { a: name } }', {})).data).toEqual({
        product: { a: 'Aniseed Syrup' },
      })
      expect((await ask('anonymous', page, { first: null })).data).not.toEqual((await ask('anonymous', page, {})).data)
    }
  })

  it('has no header, and a cached response has none either', async () => {
    const query = '{ product(sku: "NW-0004") { name } }'
    await post(world.url, { query }, { 'x-request-id': 'first', 'accept-language': 'de', 'graphql-client-name': 'web' })
    const reply = await post(world.url, { query }, { accept: 'application/json' })
    expect(JSON.parse(world.logLines.at(-1) ?? '').kept).toBe(true)
    expect(reply.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(reply.headers['x-request-id']).not.toBe('first')
    expect(reply.headers['cache-control']).toBe('no-store')
  })
})

describe('the cache', () => {
  it('has a bounded size, and evicts the least recently used response', async () => {
    await using small = await createWorld({ env: { ...env, RESPONSE_CACHE_BYTES: '8000' } })
    const query = 'query S($sku: String!) { product(sku: $sku) { sku } }'
    const kept = async (index: number) => {
      await small.as('anonymous').query(query, { sku: `NW-${String(index).padStart(4, '0')}` })
      return JSON.parse(small.logLines.at(-1) ?? '').kept === true
    }
    for (let index = 1; index <= 20; index++) expect(await kept(index)).toBe(false)
    expect(await kept(20)).toBe(true)
    expect(await kept(1)).toBe(false)
    const bytes = /^frontdoor_response_cache_bytes (\d+)$/m.exec(
      await (await fetch(`${small.metricsUrl}/metrics`)).text(),
    )
    expect(Number(bytes?.[1])).toBeLessThanOrEqual(8000)
    // One response may take an eighth of the cache at most.
    const long = '{ products(first: 20) { edges { node { name } } } }'
    expect(
      [
        await small.statementsOf(() => small.as('anonymous').query(long)),
        await small.statementsOf(() => small.as('anonymous').query(long)),
      ].map(({ length }) => length),
    ).toEqual([1, 1])
  })

  it('is empty while writes are not reported, and serves nothing older afterwards', async () => {
    expect(await costOf(ask, 2)).toEqual([expect.anything(), 0])
    const name = new URL(world.databaseUrl).pathname.slice(1)
    const { url } = inject('server')
    await onServer(url, `alter database ${name} with allow_connections false`)
    await onServer(
      url,
      `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = '${name}' and application_name = 'frontdoor events'`,
    )
    await sql(setName('Unheard'))
    expect(await metric('response_cache_up')).toBe('0')
    expect(await nameNow()).toBe('Unheard')
    await sql(setName('Chai'))
    expect(await costOf(ask, 2)).toEqual([1, 1])
    await onServer(url, `alter database ${name} with allow_connections true`)
    await vi.waitFor(async () => expect(await metric('response_cache_up')).toBe('1'), { timeout: 20_000 })
    expect(await nameNow()).toBe('Chai')
    expect(await costOf(ask)).toEqual([0])
    expect(world.logLines.filter((line) => line.includes('events arrive again'))).toHaveLength(1)
  })

  it('ignores models whose writes no trigger reports', async () => {
    await using other = await createWorld({ env })
    await other.client.$executeRawUnsafe('alter table commerce.md_category disable trigger md_category_capture_insert')
    const door = await openApp(other.config, other.serverDatabaseUrl, pino({ level: 'silent' }))
    const statements: string[] = []
    door.database.onStatement((statement) => statements.push(statement.sql))
    for (const query of ['{ categories { totalCount } }', '{ suppliers { totalCount } }']) {
      for (let time = 0; time < 2; time++) await post(door.url, { query })
    }
    expect(statements).toHaveLength(3)
    await door.close()
  })

  it('is off by default', async () => {
    await using plain = await createWorld()
    expect(plain.cache).toBeUndefined()
    for (let time = 0; time < 2; time++)
      expect(await plain.statementsOf(() => plain.as('anonymous').query(product, chai))).toHaveLength(1)
  })
})
