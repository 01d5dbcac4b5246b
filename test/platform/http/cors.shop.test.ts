import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWorld, type World } from '../../support/world.ts'
import { call, json, outcome, type Reply } from '../support/call.ts'

const shop = 'https://shop.example'
const office = 'https://office.example:8443'
const body = JSON.stringify({ query: '{ products { totalCount } }' })

let world: World
let closed: World
beforeAll(async () => {
  world = await createWorld({ env: { CORS_ORIGINS: `${shop}, ${office}`, MAX_BODY_BYTES: '1000' } })
  closed = await createWorld()
})
afterAll(() => Promise.all([world.close(), closed.close()]))

const ask = (origin: string, { url } = world) => call(url, { headers: { ...json, origin }, body })
const preflight = (origin: string, { url } = world) =>
  call(url, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    },
  })

function corsHeaders({ headers }: Reply) {
  return Object.keys(headers).filter((name) => name.startsWith('access-control-'))
}

describe('a page of a configured origin', () => {
  it.each([shop, office])('(%s) reads the response and its request id, and sends no cookies', async (origin) => {
    const reply = await ask(origin)
    expect(outcome(reply)).toBe('200')
    expect(corsHeaders(reply)).toEqual(['access-control-allow-origin', 'access-control-expose-headers'])
    expect(reply.headers['access-control-allow-origin']).toBe(origin)
    expect(reply.headers['access-control-expose-headers']).toBe(
      [
        ...['x-request-id', 'x-consistency-token', 'ratelimit', 'ratelimit-policy', 'retry-after'],
        ...['etag', 'link', 'x-total-count', 'idempotent-replayed', 'www-authenticate'],
      ].join(', '),
    )
    expect(reply.headers.vary).toBe('origin, accept-encoding')
  })

  it('may send a preflight, and learns what it may send', async () => {
    const reply = await preflight(shop)
    expect(reply).toMatchObject({ status: 204, text: '' })
    expect(reply.headers).toMatchObject({
      'access-control-allow-origin': shop,
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers':
        'authorization, content-type, x-request-id, idempotency-key, last-event-id, x-consistency-token, x-timeout-ms, mcp-protocol-version, mcp-method, mcp-name, graphql-client-name, graphql-client-version, apollographql-client-name, apollographql-client-version',
      'access-control-max-age': '600',
      vary: 'origin',
    })
    expect(corsHeaders(reply)).not.toContain('access-control-allow-credentials')
  })

  it('reads refusals too', async () => {
    const refusals = [
      await call(world.url, { headers: { ...json, origin: shop }, body: '{' }),
      await call(world.url, { headers: { ...json, origin: shop }, body: body.padEnd(1001) }),
      await call(world.url, { headers: { 'content-type': 'text/plain', origin: shop }, body }),
      await call(world.url, { headers: { ...json, accept: 'application/xml', origin: shop }, body }),
      await call(world.url, { method: 'PUT', headers: { ...json, origin: shop }, body }),
      await call(world.url, { headers: { ...json, authorization: 'Bearer x', origin: shop }, body }),
    ]
    expect(refusals.map(({ status }) => status)).toEqual([400, 413, 415, 406, 405, 401])
    for (const { headers } of refusals) expect(headers['access-control-allow-origin']).toBe(shop)
  })
})

describe('a page of another origin', () => {
  const others = [
    ...['https://evil.example', 'https://shop.example.evil.example', 'https://evilshop.example', 'http://shop.example'],
    ...['https://shop.example:8443', 'https://office.example', 'https://SHOP.example', 'https://shop.example/', 'null'],
    ...['*', 'file://', `${shop}, ${office}`, `${shop} ${office}`, 'x', ' '],
  ]
  it.each(others)('(%j) is refused with 403, also in a preflight, and nothing runs', async (origin) => {
    const before = world.statements.length
    for (const reply of [await ask(origin), await preflight(origin)]) {
      expect(outcome(reply)).toBe('403 ORIGIN_NOT_ALLOWED')
      expect(corsHeaders(reply)).toEqual([])
    }
    const path = `/graphql?${new URLSearchParams({ query: '{ products { totalCount } }' })}`
    expect(outcome(await call(world.url, { method: 'GET', path, headers: { origin } }))).toBe('403 ORIGIN_NOT_ALLOWED')
    expect(world.statements.length).toBe(before)
  })
})

describe('without a configured origin', () => {
  it('no response has a CORS header', async () => {
    const replies = [
      await call(closed.url, { headers: json, body }),
      await call(closed.url, { method: 'GET', path: '/healthz', headers: { origin: shop } }),
      await call(closed.url, { method: 'GET', path: '/graphql', headers: { accept: 'text/html', origin: shop } }),
    ]
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200])
    for (const reply of replies) expect(corsHeaders(reply)).toEqual([])
  })

  it('pages of other origins are refused, and so is the origin "null"', async () => {
    for (const origin of [shop, 'null']) {
      expect(outcome(await ask(origin, closed))).toBe('403 ORIGIN_NOT_ALLOWED')
      expect(outcome(await preflight(origin, closed))).toBe('403 ORIGIN_NOT_ALLOWED')
    }
  })

  it('pages of the same host are served, as GraphiQL is', async () => {
    const { host } = new URL(closed.url)
    const reply = await ask(`http://${host}`, closed)
    expect(outcome(reply)).toBe('200')
    expect(corsHeaders(reply)).toEqual([])
    const proxied = await call(closed.url, {
      headers: { ...json, host: 'api.example', origin: 'https://api.example' },
      body,
    })
    expect(outcome(proxied)).toBe('200')
    expect(outcome(await ask('http://127.0.0.1:1', closed))).toBe('403 ORIGIN_NOT_ALLOWED')
  })
})
