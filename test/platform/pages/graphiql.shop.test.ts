import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWorld, type World } from '../../support/world.ts'
import { call, json, outcome, post } from '../support/call.ts'
import { production } from '../support/production.ts'

/** The headers of a browser that opens a page. */
const browser = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8' }
const open = ({ url }: World, path = '/graphql') => call(url, { method: 'GET', path, headers: browser })

let world: World
/** Reveals nothing of the schema. */
let closed: World
beforeAll(async () => {
  world = await createWorld({ data: 'empty' })
  closed = await createWorld({ data: 'empty', env: { GRAPHIQL: 'signed-in', INTROSPECTION: 'false' } })
})
afterAll(() => Promise.all([world.close(), closed.close()]))

describe('GraphiQL', () => {
  it('is one page that loads nothing else', async () => {
    const { status, headers, text } = await open(world)
    expect(status).toBe(200)
    expect(headers['content-type']).toMatch(/^text\/html/)

    const markup = text.replaceAll(/(<(?:script|style)\b[^>]*>)[\s\S]*?<\/(?:script|style)>/g, '$1')
    const addresses = [...markup.matchAll(/\b(?:src|href|srcset|data|action|poster)="([^"]*)"/g)].map(
      ([, address]) => address,
    )
    // People may follow these links.
    expect(addresses.filter((address) => !address?.startsWith('data:'))).toEqual(['/schema.graphql', '/'])

    const styles = [...text.matchAll(/<style\b[^>]*>([\s\S]*?)<\/style>/g)].join('')
    expect(styles).toContain('url(data:')
    expect(styles).not.toMatch(/@import|url\((?!["']?data:)/)
    expect(text).not.toMatch(/unpkg\.com|jsdelivr|cdnjs|esm\.sh|googleapis|gstatic|skypack/)
  })

  it('offers the demo viewers in development only, and opens with the examples', async () => {
    const { text } = await open(world)
    expect(text.match(/<option value="eyJ/g)).toHaveLength(7)
    expect(text).toContain(await world.tokenFor('admin').then((token) => token.split('.')[0]))
    expect(text).toContain('query Catalogue')

    const env = { AUTH_JWKS_URL: 'http://127.0.0.1:9/jwks', AUTH_ISSUER: 'i', AUTH_AUDIENCE: 'a' }
    await using elsewhere = await createWorld({ data: 'empty', env })
    const page = await open(elsewhere)
    expect(page.status).toBe(200)
    expect(page.text).not.toContain('<select id="viewer">')
    expect(page.text).not.toMatch(/eyJ[\w-]{10,}\.eyJ/)
  })

  it('has tokens of demo viewers at loopback names only: other names may resolve here by DNS rebinding', async () => {
    const { port } = new URL(world.url)
    const tokensAt = async (host: string) => {
      const { status, text } = await call(world.url, { method: 'GET', headers: { ...browser, host } })
      expect(status).toBe(200)
      const tokens = new Set(text.match(/eyJ[\w-]{10,}\.eyJ[\w-]+\.[\w-]+/g)).size
      expect(text.includes('open this page at localhost')).toBe(tokens === 0)
      return tokens
    }
    for (const host of [`LOCALHOST:${port}`, 'localhost', '127.8.9.1', '[::1]:80']) {
      expect([host, await tokensAt(host)]).toEqual([host, 7])
    }
    for (const host of ['evil.example', 'localhost.evil.example:127', '127.0.0.1.evil.example', '0.0.0.0', '[::2]']) {
      expect([host, await tokensAt(host)]).toEqual([host, 0])
    }
  })

  it('runs nothing from its URL, and does not show it', async () => {
    const before = world.statements.length
    const query = '{ products { totalCount } } # <script>alert(1)</script>'
    const { status, text } = await open(world, `/graphql?${new URLSearchParams({ query })}`)
    expect(status).toBe(200)
    expect(text).not.toContain('<script>alert(1)</script>')
    expect(world.statements.length).toBe(before)
  })

  it('is not served to programs', async () => {
    for (const accept of ['*/*', 'application/json', undefined]) {
      const headers = accept === undefined ? {} : { accept }
      expect(outcome(await call(world.url, { method: 'GET', headers }))).toBe('400 BAD_REQUEST')
    }
    const body = JSON.stringify({ query: '{ __typename }' })
    const headers = { ...json, accept: 'text/html' }
    expect(outcome(await call(world.url, { headers, body }))).toBe('406 NOT_ACCEPTABLE')
  })

  it('signed in: asks for a token, offers none, and shows nothing of the schema', async () => {
    const { status, text } = await open(closed)
    expect(status).toBe(200)
    expect(text).toContain('<input id="token" type="password" autocomplete="off"')
    expect(text).not.toContain('<select id="viewer">')
    expect(text).not.toMatch(/eyJ[\w-]{10,}\.eyJ|query Catalogue|unitPrice|href="\/schema/)
  })

  it('is not served where it is off, nor in production', async () => {
    for (const env of [{ GRAPHIQL: 'false' }, production]) {
      await using without = await createWorld({ data: 'empty', env })
      expect(outcome(await open(without))).toBe('400 BAD_REQUEST')
      const only = await call(without.url, { method: 'GET', headers: { accept: 'text/html' } })
      expect(outcome(only)).toBe('406 NOT_ACCEPTABLE')
    }
  })
})

describe('introspection', () => {
  const asked: [form: string, query: string][] = [
    ['__schema', '{ __schema { types { name } } }'],
    ['__type', '{ __type(name: "Order") { name } }'],
    ['an alias', '{ a: __schema { queryType { name } } }'],
    ['a fragment', '{ ...A } fragment A on Query { __type(name: "Order") { fields { name } } }'],
    ['an inline fragment', '{ ... on Query { __schema { directives { name } } } }'],
    ['beside other fields', '{ viewer { kind } __schema { queryType { name } } }'],
  ]

  it('is answered unless it is off', async () => {
    for (const [, query] of asked) expect(outcome(await post(world.url, { query }))).toBe('200')
  })

  it('is refused in every form with 422 where it is off, but __typename is not', async () => {
    for (const [, query] of asked) {
      const reply = await post(closed.url, { query })
      expect(new Set(outcome(reply).split(' '))).toEqual(new Set(['422', 'GRAPHQL_VALIDATION_FAILED']))
    }
    expect(outcome(await post(closed.url, { query: '{ __typename viewer { __typename } }' }))).toBe('200')
  })
})
