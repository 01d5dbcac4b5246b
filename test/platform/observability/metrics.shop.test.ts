import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openApp } from '../../../src/app.ts'
import { parseConfig } from '../../../src/platform/config/config.ts'
import { Metrics } from '../../../src/platform/observability/metrics.ts'
import { hashOf } from '../../../src/platform/trusted-documents/document-id.ts'
import { createWorld, type World } from '../../support/world.ts'
import { call, json, outcome } from '../support/call.ts'
import { Lock } from '../support/lock.ts'

let world: World
beforeAll(async () => {
  world = await createWorld({ env: { METRICS_PORT: '0', DATABASE_STATEMENT_TIMEOUT_MS: '1000' } })
})
afterAll(() => world.close())

const read = async ({ metricsUrl } = world) => (await fetch(`${metricsUrl}/metrics`)).text()

/** The samples of one metric that are not zero, as `{labels} value`. */
async function samples(name: string): Promise<string[]> {
  const lines = (await read()).split('\n').filter((line) => line.startsWith(`${name}{`) && !line.endsWith(' 0'))
  return lines.map((line) => line.slice(name.length)).sort()
}

describe('the metrics', () => {
  it('count operations by type, name and outcome, without viewers', async () => {
    const order = 'mutation Buy($i: OrderPlaceInput!) { orderPlace(input: $i) { replayed } }'
    await world.as(`customer ALFKI`).query('query Mine { viewer { kind } }')
    await world.as('anonymous').query('query Other { viewer { kind } }')
    await world.as('anonymous').query('{ orders { totalCount } }')
    await world
      .as('anonymous')
      .query(order, { i: { lines: [], shipTo: { recipient: '', street: '', city: '', country: 'DE' } } })
    await world.as('anonymous').query('query Odd { nope }')
    await world.as('anonymous').query('{ ')
    const lock = await Lock.on('commerce.md_product', world)
    await world.as('anonymous').query('{ products { totalCount } }')
    await lock.release()
    expect(await samples('frontdoor_operation_duration_seconds_count')).toEqual([
      '{endpoint="backOffice",type="mutation",outcome="denied"} 1',
      '{endpoint="backOffice",type="none",outcome="refused"} 1',
      '{endpoint="backOffice",type="query",outcome="denied"} 1',
      '{endpoint="backOffice",type="query",outcome="failed"} 1',
      '{endpoint="backOffice",type="query",outcome="ok"} 2',
      '{endpoint="backOffice",type="query",outcome="refused"} 1',
    ])
    expect(await samples('frontdoor_named_operation_duration_seconds_count')).toEqual([
      '{endpoint="backOffice",operation="Buy",outcome="denied"} 1',
      '{endpoint="backOffice",operation="Mine",outcome="ok"} 1',
      '{endpoint="backOffice",operation="Other",outcome="ok"} 1',
      '{endpoint="backOffice",operation="other",outcome="refused"} 1',
      '{endpoint="backOffice",operation="unnamed",outcome="denied"} 1',
      '{endpoint="backOffice",operation="unnamed",outcome="failed"} 1',
    ])
    expect(await read()).not.toMatch(/ALFKI|customer|127\.0\.0\.1/)
  })

  it('count requests that are refused before GraphQL, by code', async () => {
    await call(world.url, { headers: {}, body: '{}' })
    await call(world.url, { method: 'PUT' })
    await call(world.url, { method: 'GET', path: '/metrics' })
    await call(world.url, { method: 'GET', path: '/wp-login.php' })
    expect(await samples('frontdoor_refused_requests_total')).toEqual([
      '{code="METHOD_NOT_ALLOWED"} 1',
      '{code="NOT_FOUND"} 2',
      '{code="UNSUPPORTED_MEDIA_TYPE"} 1',
    ])
  })

  it('tell a hundred names apart where clients choose them, and count the others together', async () => {
    await using open = await createWorld({ data: 'empty', env: { METRICS_PORT: '0' } })
    for (let number = 1; number <= 105; number++) await open.as('anonymous').query(`query N${number} { __typename }`)
    const names = [...(await read(open)).matchAll(/named_operation_duration_seconds_count\{.*operation="(\w+)"/g)]
    expect(names).toHaveLength(101)
    expect(names.map(([, name]) => name)).toContain('other')
  })

  it('name the operations of trusted documents, and no others', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'frontdoor-trusted-'))
    const path = join(folder.path, 'documents.json')
    const document = 'query Known { __typename }'
    await writeFile(path, JSON.stringify({ [hashOf(document)]: document }))
    const env = { METRICS_PORT: '0', TRUSTED_DOCUMENTS: 'log', TRUSTED_DOCUMENTS_PATH: path }
    await using trusting = await createWorld({ data: 'empty', env })
    for (const name of ['Known', 'Chosen', 'Further'])
      await trusting.as('anonymous').query(`query ${name} { __typename }`)
    const named = [...(await read(trusting)).matchAll(/named_operation_duration_seconds_count(\{.*)/g)]
    expect(named.map(([, rest]) => rest).sort()).toEqual([
      '{endpoint="backOffice",operation="Known",outcome="ok"} 1',
      '{endpoint="backOffice",operation="other",outcome="ok"} 2',
    ])
  })

  it('tell of the pools, whose waiting callers they count', async () => {
    await using small = await createWorld({ env: { METRICS_PORT: '0', DATABASE_POOL_SIZE: '1' } })
    await using lock = await Lock.on('commerce.md_product', small)
    const asked = [1, 2, 3].map((first) => small.as('anonymous').query(`{ products(first: ${first}) { totalCount } }`))
    await lock.waitedForBy(1)
    while (small.database.pools[0]?.waiting !== 2) await setImmediate()
    const lines = (await read(small)).split('\n').filter((line) => /^frontdoor_database_\w+\{.*requests/.test(line))
    expect(lines).toEqual([
      'frontdoor_database_connections{server="primary",pool="requests",state="busy"} 1',
      'frontdoor_database_connections{server="primary",pool="requests",state="idle"} 0',
      'frontdoor_database_connections_max{server="primary",pool="requests"} 1',
      'frontdoor_database_waiting{server="primary",pool="requests"} 2',
    ])
    // A server that waits for a connection is not ready, and says so without waiting as long.
    expect(await read(small)).toMatch(/^frontdoor_ready 0$/m)
    await lock.release()
    await Promise.all(asked)
    expect(await read(small)).toMatch(/^frontdoor_ready 1$/m)
  })

  it('tell the version, and the open connections', async () => {
    expect(await read()).toMatch(/^frontdoor_build_info\{version="\d+\.\d+\.\d+",node="\d+\.\d+\.\d+"\} 1$/m)
    await world.as('anonymous').query('{ __typename }')
    expect(await read()).toMatch(/^frontdoor_connections [1-9]\d*$/m)
  })

  it('include the process', async () => {
    expect(await read()).toMatch(/^process_resident_memory_bytes \d{7,}$/m)
    expect(await read()).toMatch(/^nodejs_eventloop_lag_p99_seconds /m)
  })

  it('are all in docs/operations.md', async () => {
    const text = await readFile(join(import.meta.dirname, '../../../docs/operations.md'), 'utf8')
    const documented = [...text.matchAll(/^\| `(frontdoor_\w+)` \|/gm)].map(([, name]) => name)
    const registered = new Metrics().registry.getMetricsAsArray().map(({ name }) => name)
    expect(documented.sort()).toEqual(registered.sort())
  })
})

describe('the metrics listener', () => {
  it('serves nothing else, and the public one has no metrics', async () => {
    const metricsUrl = world.metricsUrl ?? ''
    for (const path of ['/', '/graphql', '/healthz', '/metrics/', '/metrics?x']) {
      expect((await call(metricsUrl, { method: 'GET', path })).status).toBe(404)
    }
    expect((await call(metricsUrl, { path: '/metrics', headers: json, body: '{}' })).status).toBe(404)
    expect(outcome(await call(world.url, { method: 'GET', path: '/metrics' }))).toBe('404 NOT_FOUND')
  })

  it('listens on this machine by default, and not at all without METRICS_PORT', async () => {
    expect(new URL(world.metricsUrl ?? '').hostname).toBe('127.0.0.1')
    await using without = await createWorld({ data: 'empty' })
    expect(without.metricsUrl).toBeUndefined()
  })

  it('stops with the server', async () => {
    const short = await createWorld({ data: 'empty', env: { METRICS_PORT: '0' } })
    await short.close()
    await expect(call(short.metricsUrl ?? '', { method: 'GET', path: '/metrics' })).rejects.toThrow('ECONNREFUSED')
  })

  it('names a port that is taken', async () => {
    const { port } = new URL(world.metricsUrl ?? '')
    const config = parseConfig({ NODE_ENV: 'test', PORT: '0', METRICS_PORT: port })
    await expect(openApp(config, 'postgresql://127.0.0.1:1/none', pino({ level: 'silent' }))).rejects.toThrow(
      `Port ${port} on 127.0.0.1 is taken by another process; stop that one, or set METRICS_PORT to a free one.`,
    )
  })
})
