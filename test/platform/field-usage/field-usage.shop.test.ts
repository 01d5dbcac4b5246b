import { randomUUID } from 'node:crypto'
import { parse } from 'graphql'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { openApp } from '../../../src/app.ts'
import { FieldUsage } from '../../../src/platform/field-usage/field-usage.ts'
import { schema } from '../../../src/schema.ts'
import { createWorld, type World } from '../../support/world.ts'
import { outcome, post } from '../support/call.ts'

let world: World
beforeAll(async () => {
  world = await createWorld({ env: { RESPONSE_CACHE_BYTES: '1000000' } })
})
afterAll(() => world.close())
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2027-03-01T12:00:00Z') })
})
afterEach(async () => {
  await world.usage?.flush()
  await world.client.fieldUse.deleteMany()
  vi.useRealTimers()
})

const shop = { 'graphql-client-name': 'shop', 'graphql-client-version': '1.4.2' }
const ask = (query: string, headers: Record<string, string> = shop, url = world.url) => post(url, { query }, headers)

/** The rows in the database, as `field name version day times`. */
async function counted(of: World = world): Promise<string[]> {
  await of.usage?.flush()
  const uses = await of.client.fieldUse.findMany()
  return uses
    .map(({ field, clientName, clientVersion, day, times }) =>
      [field, clientName || '-', clientVersion || '-', day.toISOString().slice(0, 10), times].join(' '),
    )
    .sort()
}

describe('a requested field', () => {
  it('is counted once a request, by name, version and day, on both routes', async () => {
    const headers = { ...shop, authorization: `Bearer ${await world.tokenFor('admin')}` }
    const query = `{ orders(first: 1) { edges { node { number } } totalCount } viewer { __typename } } # ${randomUUID()}`
    for (let round = 0; round < 3; round++) expect(outcome(await ask(query, headers))).toBe('200')
    const lanes = world.logLines.slice(-3).map((line) => line.includes('"compiled":true'))
    expect(lanes).toEqual([false, true, true])
    const fields = [
      'Order.number',
      'OrderConnection.edges',
      'OrderConnection.totalCount',
      'OrderEdge.node',
      'Query.orders',
      'Query.viewer',
    ]
    expect(await counted()).toEqual(fields.map((field) => `${field} shop 1.4.2 2027-03-01 3`))
  })

  it('is counted for a cached response', async () => {
    const query = `{ product(sku: "NW-0001") { name } } # ${randomUUID()}`
    for (let round = 0; round < 3; round++) await ask(query)
    expect(world.logLines.slice(-3).map((line) => line.includes('"kept":true'))).toEqual([false, true, true])
    expect(await counted()).toEqual(['Product.name shop 1.4.2 2027-03-01 3', 'Query.product shop 1.4.2 2027-03-01 3'])
  })

  it('is counted wherever its document names it, also skipped, denied or in another operation', async () => {
    const query = `
      query One($no: Boolean = false) { product(sku: "NW-0001") { ...Named name @include(if: $no) } orders { totalCount } }
      query Two { categories { totalCount } }
      fragment Named on Product { name sku }`
    const reply = await post(world.url, { query, operationName: 'One' }, shop)
    expect(outcome(reply)).toBe('200 UNAUTHENTICATED')
    const fields = (await counted()).map((use) => use.split(' ')[0])
    expect(fields).toEqual([
      'CategoryConnection.totalCount',
      'OrderConnection.totalCount',
      'Product.name',
      'Product.sku',
      'Query.categories',
      'Query.orders',
      'Query.product',
    ])
  })

  it('is not counted for an invalid document, nor for introspection', async () => {
    expect(outcome(await ask('{ product(sku: "NW-0001") { nothing } }'))).toBe('422 GRAPHQL_VALIDATION_FAILED')
    expect(outcome(await ask('{ product('))).toBe('400 GRAPHQL_PARSE_FAILED')
    expect(outcome(await ask('{ __typename __schema { queryType { name } } }'))).toBe('200')
    expect(await counted()).toEqual([])
  })

  it('is counted without a client name, and with Apollo’s headers', async () => {
    await ask('{ viewer { kind } }', {})
    await ask('{ viewer { kind } }', { 'apollographql-client-name': 'ios', 'apollographql-client-version': '7' })
    await ask('{ viewer { kind } }', { 'graphql-client-name': 'web' })
    expect((await counted()).filter((use) => use.startsWith('Query.'))).toEqual([
      'Query.viewer - - 2027-03-01 1',
      'Query.viewer ios 7 2027-03-01 1',
      'Query.viewer web - 2027-03-01 1',
    ])
  })

  it('is counted separately for a hundred names and versions a day; further ones are counted together', async () => {
    const names = Array.from({ length: 102 }, (_, number) => `client-${number}`)
    vi.setSystemTime(Date.parse('2027-03-02T12:00:00Z'))
    await world.usage?.flush()
    for (const name of names) await ask('{ viewer { kind } }', { 'graphql-client-name': name })
    const uses = (await counted()).filter((use) => use.startsWith('Query.'))
    expect(uses).toHaveLength(101)
    expect(uses).toContain('Query.viewer * - 2027-03-02 2')

    vi.setSystemTime(Date.parse('2027-03-03T12:00:00Z'))
    await world.usage?.flush()
    await ask('{ viewer { kind } }', { 'graphql-client-name': 'client-101' })
    expect(await counted()).toContain('Query.viewer client-101 - 2027-03-03 1')
  })
})

describe('the counts', () => {
  it('of replicas add up, and are written when one stops', async () => {
    const replica = await openApp(world.config, world.serverDatabaseUrl, pino({ level: 'silent' }))
    try {
      for (const url of [world.url, replica.url]) await ask('{ viewer { kind } }', shop, url)
    } finally {
      await replica.close()
    }
    expect(await counted()).toContain('Query.viewer shop 1.4.2 2027-03-01 2')
  })

  it('are written beside the requests, and are not among their statements', async () => {
    const statements = await world.statementsOf(async () => {
      await ask('{ viewer { kind } }')
      await world.usage?.flush()
    })
    expect(statements).toEqual([])
  })

  it('are deleted after half a year', async () => {
    vi.useRealTimers()
    const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000)
    const use = { field: 'Query.viewer', clientName: 'shop', clientVersion: '', times: 1 }
    const days = [daysAgo(179), daysAgo(182)]
    await world.client.fieldUse.createMany({ data: days.map((day) => ({ ...use, day })) })
    await world.retention.apply()
    expect(await counted()).toHaveLength(1)
  })

  it('wait for the next time, where they cannot be written', async () => {
    const written: [day: string, uses: unknown][] = []
    let isAway = true
    const write = async (day: string, uses: unknown) => {
      if (isAway) throw new Error('away')
      written.push([day, uses])
    }
    const usage = new FieldUsage({ schema, write, log: pino({ level: 'silent' }) })
    const document = parse('{ viewer { kind } }')
    const client = { name: 'shop', version: undefined }
    usage.count(document, client)
    await usage.flush()
    isAway = false
    usage.count(document, client)
    await usage.flush()
    await usage.flush()
    const fields = { 'Query.viewer': 2, 'Viewer.kind': 2 }
    expect(written).toEqual([['2027-03-01', [{ name: 'shop', version: '', fields }]]])
  })

  it('are off with FIELD_USAGE=false', async () => {
    await using other = await createWorld({ data: 'empty', env: { FIELD_USAGE: 'false' } })
    expect(outcome(await ask('{ viewer { kind } }', shop, other.url))).toBe('200')
    expect(other.usage).toBeUndefined()
    expect(await counted(other)).toEqual([])
  })
})
