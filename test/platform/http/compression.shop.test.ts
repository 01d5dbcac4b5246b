import http from 'node:http'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWorld, type World } from '../../support/world.ts'
import { call, dataIn, graphql, outcome, post, type Reply } from '../support/call.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const page = '{ products(first: 50) { edges { node { id sku name available unitPrice { amount currency } } } } }'
/** More than the server compresses at once. */
const large = `{ suppliers(first: 29) { edges { node { id name products(first: 30) { edges { cursor node { id sku name available
  category { id name description } supplier { id name country } unitPrice { amount currency } } } } } } } }`
const all = 'gzip, deflate, br, zstd'

const decoders = { gzip: gunzipSync, br: brotliDecompressSync, zstd: zstdDecompressSync }

function decoded({ headers, bytes }: Reply): string {
  const encoding = headers['content-encoding']
  if (encoding === undefined) return bytes.toString()
  if (encoding !== 'gzip' && encoding !== 'br' && encoding !== 'zstd') throw new Error(`unknown: ${encoding}`)
  return decoders[encoding](bytes).toString()
}

const accepting = (encodings: string | undefined) => (encodings === undefined ? {} : { 'accept-encoding': encodings })
const ask = (query: string, encodings?: string, headers: Record<string, string> = {}) =>
  post(world.url, { query }, { ...accepting(encodings), ...headers })
const bearer = async (viewer: string) => ({ authorization: `Bearer ${await world.tokenFor(viewer)}` })
const variesIn = ({ headers }: Reply) => (headers.vary ?? '').toLowerCase().split(', ')

function expectPlain(reply: Reply): void {
  expect(reply.headers).not.toHaveProperty('content-encoding')
  expect(reply.headers['content-length']).toBe(String(reply.bytes.length))
}

describe('the answer to a query', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    ['gzip', 'gzip'],
    ['br', 'br'],
    ['zstd', 'zstd'],
    [all, 'zstd'],
    ['gzip, deflate, br', 'br'],
    ['GZip', 'gzip'],
    ['x-gzip', 'gzip'],
    ['gzip;q=1.0, br;q=0.5, zstd;q=0.4', 'gzip'],
    ['br;q=0.9, zstd;q=0', 'br'],
    ['gzip;q=0.001', 'gzip'],
    ['zstd;q=nonsense, gzip', 'gzip'],
    ['*', 'gzip'],
    ['*;q=0.5, br;q=0.1', 'gzip'],
    ['gzip;q=0, *', undefined],
    ['*;q=0', undefined],
    ['*;q=0, br', 'br'],
    ['gzip;q=0', undefined],
    ['deflate, compress', undefined],
    ['identity', undefined],
    ['identity, gzip;q=0.5', undefined],
    ['gzip, identity;q=0.5', 'gzip'],
    ['identity;q=0, br', 'br'],
    ['identity;q=0', undefined],
  ])('for `Accept-Encoding: %s` has the coding %s, on both routes', async (encodings, encoding) => {
    // The second one takes the fast path.
    for (const reply of [await ask(page, encodings), await ask(page, encodings)]) {
      expect([reply.status, reply.headers['content-encoding']]).toEqual([200, encoding])
      expect(reply.headers['content-length']).toBe(String(reply.bytes.length))
      expect(JSON.parse(decoded(reply)).data).toEqual(dataIn(await ask(page)))
      expect(variesIn(reply)).toEqual(['origin', 'accept-encoding'])
    }
  })

  it.each(['zstd', 'br', 'gzip'])('that is large is compressed in another thread, as %s', async (encoding) => {
    const plain = await ask(large)
    const reply = await ask(large, encoding)
    expect(plain.bytes.length).toBeGreaterThan(32_768)
    expect(reply.headers['content-encoding']).toBe(encoding)
    expect(reply.headers['content-length']).toBe(String(reply.bytes.length))
    expect(reply.bytes.length).toBeLessThan(plain.bytes.length / 3)
    expect(JSON.parse(decoded(reply)).data).toEqual(dataIn(plain))
  })

  it('that is small is compressed only for a client that refuses it otherwise', async () => {
    expectPlain(await ask('{ __typename }', all))
    for (const refusing of ['gzip, identity;q=0', 'gzip, *;q=0']) {
      const reply = await ask('{ __typename }', refusing)
      expect([reply.headers['content-encoding'], JSON.parse(decoded(reply)).data]).toEqual([
        'gzip',
        { __typename: 'Query' },
      ])
    }
  })

  it('is compressed for other clients, where many leave while it is compressed', async () => {
    const leave = () =>
      new Promise<void>((done) => {
        const request = http.request(`${world.url}/graphql`, {
          method: 'POST',
          headers: { ...graphql, 'accept-encoding': all },
          agent: false,
        })
        request.on('error', () => done())
        request.end(JSON.stringify({ query: large }), () => setImmediate(() => request.destroy(new Error('left'))))
      })
    await Promise.all(Array.from({ length: 40 }, leave))
    await expect.poll(async () => (await ask(large, all)).headers['content-encoding'], { timeout: 10_000 }).toBe('zstd')
  })
})

describe('where a secret could stand beside a text of somebody else, there is no compression:', () => {
  const refusing = `${all}, identity;q=0`

  it('not of the answer to a mutation, which has new secrets and repeats its input', async () => {
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString()
    const mutation = `mutation { apiKeyCreate(input: { name: "${'a'.repeat(60)}", scopes: ["customers:read"], expiresAt: "${tomorrow}" }) { secret } }`
    const reply = await ask(mutation, refusing, await bearer('admin'))
    expect(reply.text).toContain('"secret":"')
    expectPlain(reply)
  })

  it('not of the answer with a signed link, wherever the document has it', async () => {
    const query = `{ bulkExports { edges { node { ...F } } } ${page.slice(1)} fragment F on BulkExport { link: url }`
    for (const _route of ['general', 'fast']) {
      const reply = await ask(query, refusing, await bearer('admin'))
      expect([outcome(reply), reply.bytes.length > 1000]).toEqual(['200', true])
      expectPlain(reply)
      expect(variesIn(reply)).toEqual(['origin'])
    }
  })

  it('not of an error, which repeats parts of the request, nor of data beside it', async () => {
    const long = 'x'.repeat(1500)
    for (const reply of [
      await ask(`{ ${long} }`, refusing),
      await ask(`{ orders { totalCount } ${page.slice(1)}`, refusing),
      await call(world.url, { method: 'PUT', headers: { 'accept-encoding': refusing } }),
      await call(world.url, { path: `/${long}`, headers: { 'accept-encoding': refusing } }),
    ]) {
      expect(reply.text).toContain('"errors":')
      expectPlain(reply)
    }
  })

  it('not of a page with tokens of demo viewers', async () => {
    for (const path of ['/', '/graphql', '/demo-viewers']) {
      const headers = { accept: 'text/html', 'accept-encoding': refusing }
      expectPlain(await call(world.url, { method: 'GET', path, headers }))
    }
  })

  it('not of a stream, whose messages come one by one', async () => {
    const headers = { accept: 'text/event-stream', 'accept-encoding': all }
    const reply = await ask(page, all, headers)
    expect(reply.headers['content-type']).toBe('text/event-stream; charset=utf-8')
    expect(reply.headers).not.toHaveProperty('content-encoding')
  })
})

it('the contract as a file is compressed', async () => {
  const get = (encodings: string) =>
    call(world.url, { method: 'GET', path: '/schema.graphql', headers: { 'accept-encoding': encodings } })
  const plain = await get('identity')
  expectPlain(plain)
  for (const encoding of ['zstd', 'br', 'gzip']) {
    const reply = await get(encoding)
    expect([reply.headers['content-encoding'], decoded(reply) === plain.text]).toEqual([encoding, true])
    expect(variesIn(reply)).toEqual(['accept-encoding'])
  }
})

it('COMPRESSION=false sends everything as it is, and says nothing of codings', async () => {
  await using off = await createWorld({ env: { COMPRESSION: 'false' } })
  for (const reply of [
    await post(off.url, { query: page }, { 'accept-encoding': all }),
    await call(off.url, { method: 'GET', path: '/schema.graphql', headers: { 'accept-encoding': all } }),
  ]) {
    expectPlain(reply)
    expect(variesIn(reply)).not.toContain('accept-encoding')
  }
})

it.each([
  ['/healthz', '*/*'],
  ['/readyz', '*/*'],
  ['/', 'text/html'],
  ['/graphql', 'text/html'],
  ['/storefront/', 'text/html'],
  ['/schema.graphql', '*/*'],
  ['/demo-viewers', '*/*'],
])('HEAD %s has the head of a GET and no body', async (path, accept) => {
  const heads = await Promise.all(
    ['GET', 'HEAD'].map(async (method) => {
      const headers = { accept, 'accept-encoding': 'br', 'x-request-id': 'one' }
      const { status, headers: sent, bytes } = await call(world.url, { method, path, headers })
      // The policy has a nonce, and tokens are signed anew.
      const { date: _date, 'content-security-policy': _policy, ...others } = sent
      return { status, others, length: bytes.length }
    }),
  )
  const [got, head] = heads
  expect(head).toEqual({ ...got, length: 0 })
  expect(got?.others['content-length']).toBe(String(got?.length))
  expect(got?.length).toBeGreaterThan(0)
})
