import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWorld, type World } from '../../support/world.ts'
import { call, graphql, outcome, post } from '../support/call.ts'

const decoders: Record<string, ((bytes: Buffer) => Buffer) | undefined> = {
  gzip: gunzipSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
}
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const product = 'query P($sku: String!) { product(sku: $sku) { name } }'
const list = 'query L { products(first: 30) { edges { node { sku name packaging } } } }'
const stock = 'query S { product(sku: "NW-0001") { available } }'
const mine = 'query M { viewer { kind } }'
const secret = 'query T { orders { totalCount } }'
const documents = Object.fromEntries(
  [product, list, stock, mine, secret].map((text) => [`sha256:${sha256(text)}`, text]),
)

let folder: string
let world: World
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frontdoor-manifests-'))
  await writeFile(join(folder, 'all.json'), JSON.stringify(documents))
  world = await createWorld({
    env: {
      RESPONSE_CACHE_BYTES: '1000000',
      RESPONSE_MAX_AGE_SECONDS: '7',
      TRUSTED_DOCUMENTS: 'log',
      TRUSTED_DOCUMENTS_PATH: join(folder, 'all.json'),
      CORS_ORIGINS: 'https://shop.example',
      RATE_LIMIT_ANONYMOUS_CAPACITY: '100',
      RATE_LIMIT_ANONYMOUS_RESTORE_PER_SECOND: '0.0001',
    },
  })
})
afterAll(async () => {
  await world.close()
  await rm(folder, { recursive: true, force: true })
})

const search = (text: string, variables?: object) => ({
  documentId: `sha256:${sha256(text)}`,
  ...(variables ? { variables: JSON.stringify(variables) } : {}),
})
const get = (asked: Record<string, string>, headers: Record<string, string> = {}) =>
  call(world.url, {
    method: 'GET',
    path: `/graphql?${new URLSearchParams(asked)}`,
    headers: { accept: graphql.accept, ...headers },
  })
const chai = search(product, { sku: 'NW-0001' })
const cached = (reply: Awaited<ReturnType<typeof get>>) => [reply.status, reply.headers['cache-control']]

describe('the response to a GET of a trusted document with public data only', () => {
  it('may be cached by others, and has nothing of the viewer', async () => {
    for (const _time of ['missed', 'kept']) {
      const reply = await get(chai, { origin: 'https://shop.example' })
      expect(reply.text).toBe('{"data":{"product":{"name":"Chai"}}}')
      expect(reply.headers).toMatchObject({
        'cache-control': 'public, max-age=7',
        etag: expect.stringMatching(/^W\/"[\w-]{43}\.g"$/),
        'content-type': 'application/graphql-response+json; charset=utf-8',
        'access-control-allow-origin': 'https://shop.example',
      })
      expect(reply.headers.vary?.toLowerCase().split(', ')).toEqual([
        ...['origin', 'accept', 'authorization', 'graphql-client-name', 'apollographql-client-name'],
        ...['x-consistency-token', 'accept-encoding'],
      ])
      expect(Object.keys(reply.headers).filter((name) => name.startsWith('ratelimit'))).toEqual([])
    }
  })

  it('may be cached privately only, where it was requested with a token', async () => {
    const reply = await get(chai, { authorization: `Bearer ${await world.tokenFor('customer ALFKI')}` })
    expect(cached(reply)).toEqual([200, 'private, max-age=7'])
    expect(reply.text).toBe('{"data":{"product":{"name":"Chai"}}}')
  })

  it('has an entity tag for each media type', async () => {
    const forms = await Promise.all([
      get(chai),
      get(chai, { accept: 'application/json' }),
      get(chai, { accept: '*/*' }),
    ])
    const [one, other, same] = forms.map(({ headers }) => headers.etag)
    expect(new Set([one, other]).size).toBe(2)
    expect(same).toBe(other)
    expect((await get(search(product, { sku: 'NW-0002' }))).headers.etag).not.toBe(one)
  })

  it('is not sent to a client that has it', async () => {
    const tag = String((await get(chai)).headers.etag)
    for (const known of [tag, tag.slice('W/'.length), `"other", ${tag}`, '*']) {
      const reply = await get(chai, { 'if-none-match': known })
      expect([...cached(reply), reply.text]).toEqual([304, 'public, max-age=7', ''])
      expect(reply.headers).toMatchObject({ etag: tag, vary: expect.stringContaining('Authorization') })
      expect(reply.headers).not.toHaveProperty('content-type')
    }
    for (const known of ['"other"', tag.slice(3, -1), tag.replace('.g', '.j')])
      expect((await get(chai, { 'if-none-match': known })).status).toBe(200)
  })

  it('has one tag for all of its codings, and is equal in each', async () => {
    // The bucket of anonymous requests is small here.
    const credential = { authorization: `Bearer ${await world.tokenFor('customer ALFKI')}` }
    const tags = new Set<unknown>()
    const texts = new Set<string>()
    for (const encoding of ['identity', 'gzip', 'br', 'zstd']) {
      const reply = await get(search(list), { 'accept-encoding': encoding, ...credential })
      expect(reply.headers['content-encoding'] ?? 'identity').toBe(encoding)
      expect(reply.headers['content-length']).toBe(String(reply.bytes.length))
      tags.add(reply.headers.etag)
      texts.add(decoders[encoding]?.(reply.bytes).toString() ?? reply.text)
    }
    expect([tags.size, texts.size]).toEqual([1, 1])
    const known = { 'accept-encoding': 'br', 'if-none-match': String([...tags][0]), ...credential }
    const reply = await get(search(list), known)
    expect([reply.status, reply.bytes.length, reply.headers.etag]).toEqual([304, 0, [...tags][0]])
    expect(reply.headers.vary?.toLowerCase()).toContain('accept-encoding')
    expect(reply.headers).not.toHaveProperty('content-encoding')
  })

  it('is another after a write', async () => {
    const tag = String((await get(chai)).headers.etag)
    await world.client.product.update({ where: { sku: 'NW-0001' }, data: { name: 'Chai Latte' } })
    await world.feed.caughtUp()
    const reply = await get(chai, { 'if-none-match': tag })
    expect([reply.status, reply.text]).toEqual([200, '{"data":{"product":{"name":"Chai Latte"}}}'])
    await world.client.product.update({ where: { sku: 'NW-0001' }, data: { name: 'Chai' } })
    await world.feed.caughtUp()
    expect((await get(chai, { 'if-none-match': tag })).status).toBe(304)
  })
})

describe('no other response may be cached', () => {
  it.each([
    ['a POST', () => post(world.url, { documentId: chai.documentId, variables: { sku: 'NW-0001' } })],
    ['a document that is sent', () => get({ query: '{ product(sku: "NW-0001") { name } }' })],
    ['a trusted one that is sent', () => get({ query: product, variables: '{"sku":"NW-0001"}' })],
    ['stock', () => get(search(stock))],
    ['who asks', () => get(search(mine))],
    ['a denial', () => get(search(secret))],
    ['variables with an error', () => get(search(product))],
    ['an id that is not known', () => get({ documentId: sha256('x') })],
    ['a token that is none', () => get(chai, { authorization: 'Bearer x' })],
    ['an origin that may not', () => get(chai, { origin: 'https://other.example' })],
    ['another path', () => call(world.url, { method: 'GET', path: '/x' })],
  ])('(%s)', async (_what, ask) => {
    const reply = await ask()
    expect(reply.headers['cache-control']).toBe('no-store')
    expect(reply.headers).not.toHaveProperty('etag')
  })

  it('nor one that the client alone has tagged', async () => {
    expect((await get(search(stock), { 'if-none-match': '*' })).status).toBe(200)
  })
})

describe('a request for a cached response', () => {
  it('costs as much as any other, until the bucket is empty', async () => {
    const codes: string[] = []
    while (!codes.at(-1)?.includes('RATE_LIMITED') && codes.length < 200) codes.push(outcome(await get(chai)))
    expect(codes.length).toBeLessThan(101)
    expect(codes.at(-1)).toBe('429 RATE_LIMITED')
    expect((await get(chai)).headers['cache-control']).toBe('no-store')
  })
})
