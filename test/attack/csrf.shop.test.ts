import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ledger, lineOf, shipTo } from '../commerce/support/order-place.ts'
import { type Call, call, json, outcome } from '../platform/support/call.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
let authorization: string
let request: { query: string; variables: object }
beforeAll(async () => {
  world = await createWorld({ env: { CORS_ORIGINS: 'https://shop.example' } })
  authorization = `Bearer ${await world.tokenFor('customer ALFKI')}`
  const query = 'mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) { order { id } } }'
  request = {
    query,
    variables: { input: { idempotencyKey: 'csrf', lines: [await lineOf(world, 'NW-0003')], shipTo } },
  }
})
afterAll(() => world.close())
beforeEach(() => void world.statements.splice(0))

/** The headers of a request that another site's page makes a browser send. */
const crossSite = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'empty' }
const evil = { origin: 'https://evil.example', ...crossSite }
const asForm = () => new URLSearchParams({ query: request.query, variables: JSON.stringify(request.variables) })

describe('a request that a page of another site sends without a preflight', () => {
  /** Fetch standard, "CORS-safelisted request-header": a form or a script can send these types only. */
  const types = ['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain', undefined]
  // A browser would not send the token. Here it is sent, to prove that something else refuses.
  const bodies = () => [JSON.stringify(request), asForm().toString(), `${JSON.stringify(request)}=`]

  it.each(types)(
    'as %s places no order, from a browser that names its origin or an old one that does not',
    async (type) => {
      const before = await ledger(world)
      const typed = type === undefined ? {} : { 'content-type': type }
      for (const body of bodies()) {
        const fromOld = await call(world.url, { headers: { ...typed, authorization }, body })
        expect(outcome(fromOld)).toBe('415 UNSUPPORTED_MEDIA_TYPE')
        const fromNew = await call(world.url, { headers: { ...typed, ...evil, authorization }, body })
        expect(outcome(fromNew)).toBe('403 ORIGIN_NOT_ALLOWED')
      }
      expect(await ledger(world)).toEqual(before)
    },
  )

  it('as JSON under another media type places no order', async () => {
    const before = await ledger(world)
    const hidden = [
      'text/plain; application/json',
      'text/plain, application/json',
      'text/json',
      'application/json, text/plain',
    ]
    for (const type of hidden) {
      const reply = await call(world.url, {
        headers: { 'content-type': type, authorization },
        body: JSON.stringify(request),
      })
      expect(outcome(reply)).toBe('415 UNSUPPORTED_MEDIA_TYPE')
    }
    expect(await ledger(world)).toEqual(before)
  })

  it('by GET runs no mutation, whatever method its headers claim', async () => {
    const before = await ledger(world)
    const path = `/graphql?${asForm()}`
    const pretending: Call['headers'][] = [{}, { 'x-http-method-override': 'POST' }, { 'x-http-method': 'POST' }, json]
    for (const headers of pretending) {
      const reply = await call(world.url, { method: 'GET', path, headers: { ...headers, authorization } })
      expect(outcome(reply)).toBe('405 METHOD_NOT_ALLOWED')
    }
    expect(outcome(await call(world.url, { path, headers: { authorization } }))).toBe('415 UNSUPPORTED_MEDIA_TYPE')
    expect(await ledger(world)).toEqual(before)
  })
})

describe('a GET from a page of another site', () => {
  const path = '/graphql?query={products{totalCount}}'
  const ask = (headers: Call['headers']) => call(world.url, { method: 'GET', path, headers })

  it('that embeds the API (an image, a script, a frame) is refused, and nothing runs', async () => {
    for (const site of ['cross-site', 'same-site']) {
      for (const [mode, dest] of [
        ['no-cors', 'image'],
        ['no-cors', 'script'],
        ['no-cors', 'empty'],
        ['websocket', 'websocket'],
      ]) {
        const reply = await ask({ 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': dest })
        expect(outcome(reply)).toBe('403 ORIGIN_NOT_ALLOWED')
      }
    }
    const framed = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }
    expect(outcome(await ask(framed))).toBe('403 ORIGIN_NOT_ALLOWED')
    expect(world.statements).toEqual([])
  })

  it('that follows a link is anonymous: no cookie counts', async () => {
    const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
    expect(outcome(await ask(link))).toBe('200')
    const cookies = { ...link, cookie: `authorization=${authorization}; token=${authorization.slice(7)}` }
    const reply = await call(world.url, { method: 'GET', path: '/graphql?query={viewer{kind}}', headers: cookies })
    expect(reply.text).toContain('"kind":"ANONYMOUS"')
    expect(reply.headers['set-cookie']).toBeUndefined()
    expect(reply.headers['access-control-allow-origin']).toBeUndefined()
  })

  it('from an allowed origin, from the same site or from no page is answered', async () => {
    const callers: Call['headers'][] = [
      { origin: 'https://shop.example', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' },
      { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' },
      { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
      {},
    ]
    for (const headers of callers) expect(outcome(await ask(headers))).toBe('200')
  })
})
