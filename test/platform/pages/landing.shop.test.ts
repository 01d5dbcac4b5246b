import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWorld, type World } from '../../support/world.ts'
import { call, outcome } from '../support/call.ts'
import { MadeSite } from '../support/made-site.shop.ts'
import { production } from '../support/production.ts'

const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
const token = /eyJ[\w-]{10,}\.eyJ[\w-]+\.[\w-]+/g
const open = ({ url }: World, path = '/', headers: Record<string, string> = html) =>
  call(url, { method: 'GET', path, headers })

let site: MadeSite
let world: World
/** Has neither GraphiQL nor a schema to show. */
let closed: World
beforeAll(async () => {
  site = await MadeSite.make()
  closed = await createWorld({ data: 'empty', env: { GRAPHIQL: 'false', INTROSPECTION: 'false' } })
  world = await createWorld({ data: 'empty', site: { folder: site.folder } })
})
afterAll(async () => {
  await Promise.all([world.close(), closed.close()])
  await site[Symbol.asyncDispose]()
})

describe('the page at /', () => {
  it('says what runs here, with working links', async () => {
    const { status, headers, text } = await open(world)
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    expect(text).toContain(world.config.version)
    const links = [...text.matchAll(/<a href="([^"#]+)/g)].map(([, path = '']) => path)
    expect(new Set(links)).toEqual(
      new Set(['/graphql', '/schema.graphql', '/api/', '/storefront/', '/partner/', '/shop/', '/healthz', '/readyz']),
    )
    for (const path of links) expect([path, (await open(world, path)).status]).toEqual([path, 200])
  })

  it('runs nothing, loads nothing, and is in no frame; its one style has a new nonce each time', async () => {
    const { headers, text } = await open(world)
    const policy = String(headers['content-security-policy'])
    const [, nonce] = /style-src 'nonce-([\w+/=]{24})'/.exec(policy) ?? []
    expect(policy).toBe(
      `default-src 'none'; style-src 'nonce-${nonce}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    )
    expect(text.match(/<style[^>]*>/g)).toEqual([`<style nonce="${nonce}">`])
    expect(text).not.toMatch(/<script|\bstyle=|\bon\w+=|\bsrc=/)
    expect((await open(world)).headers['content-security-policy']).not.toBe(policy)
    expect(headers['cache-control']).toBe('no-store')
  })

  it('has tokens of demo viewers at loopback names only', async () => {
    const { port } = new URL(world.url)
    for (const [host, count] of [
      [`localhost:${port}`, 7],
      ['[::1]', 7],
      ['evil.example', 0],
      ['0.0.0.0', 0],
    ] as const) {
      const { status, text } = await open(world, '/', { ...html, host })
      expect([host, status, text.match(token)?.length ?? 0]).toEqual([host, 200, count])
      expect(text.includes('Open this page at localhost')).toBe(count === 0)
    }
  })

  it('is for browsers: programs get NOT_FOUND', async () => {
    for (const accept of ['application/json', '*/*', 'application/graphql-response+json']) {
      expect(outcome(await open(world, '/', { accept }))).toBe('404 NOT_FOUND')
    }
    expect(outcome(await open(world, '/', {}))).toBe('404 NOT_FOUND')
    expect(outcome(await call(world.url, { path: '/', headers: html, body: '' }))).toBe('404 NOT_FOUND')
    expect(outcome(await open(world, '/else'))).toBe('404 NOT_FOUND')
  })

  it('is off in production; switched on it says that an API is here, and no more', async () => {
    await using silent = await createWorld({ data: 'empty', env: production })
    expect(outcome(await open(silent))).toBe('404 NOT_FOUND')

    await using said = await createWorld({ data: 'empty', env: { ...production, LANDING_PAGE: 'true' } })
    const { status, text } = await open(said)
    expect(status).toBe(200)
    expect(text).toContain('A GraphQL API is here.')
    expect(text).not.toContain(said.config.version)
    expect(text).not.toMatch(/href="\/|healthz|curl|demo|docs/i)
  })

  it('is not served where it is off, and links to nothing that is off', async () => {
    await using off = await createWorld({ data: 'empty', env: { LANDING_PAGE: 'false' } })
    expect(outcome(await open(off))).toBe('404 NOT_FOUND')
    expect((await open(closed)).text).not.toMatch(/href="\/(graphql|schema)/)
  })
})

describe('/schema.graphql', () => {
  it('is the contract, where introspection is on', async () => {
    const { status, headers, text } = await open(world, '/schema.graphql', { accept: '*/*' })
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('text/plain; charset=utf-8')
    expect(text).toContain('\ntype Query {\n')
    expect(outcome(await open(closed, '/schema.graphql'))).toBe('404 NOT_FOUND')
  })
})
