import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createWorld, type World } from '../../support/world.ts'
import { type Call, call, dataIn, graphql, json, messages, outcome } from '../support/call.ts'

const sha256 = (document: string) => createHash('sha256').update(document).digest('hex')

const kind = 'query Kind { viewer { kind } }'
const product = 'query Product($sku: String!) { product(sku: $sku) { name } }'
const buy = 'mutation Buy($i: OrderPlaceInput!) { orderPlace(input: $i) { replayed } }'
const costly = `query Costly { categories { edges { node { products(first: 100) { edges { node {
  supplier { products(first: 100) { edges { node { id } } } } } } } } } } }`
const ofWeb = 'query OfWeb { products { totalCount } }'
const ofApollo = 'query OfApollo {\n  __typename\n  categories {\n    totalCount\n  }\n}'
const introspecting = 'query Tools { __schema { queryType { name } } }'
const unknown = 'query Unknown { __typename }'

const byHash = (...documents: string[]) =>
  JSON.stringify(Object.fromEntries(documents.map((document) => [`sha256:${sha256(document)}`, document])))
const byBareHash = (...documents: string[]) => byHash(...documents).replaceAll('sha256:', '')
const apollo = JSON.stringify({
  format: 'apollo-persisted-query-manifest',
  version: 1,
  operations: [{ id: sha256(ofApollo), name: 'OfApollo', type: 'query', body: ofApollo }],
})

let folder: string
let enforcing: World
let logging: World
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frontdoor-manifests-'))
  await writeFile(join(folder, 'default.json'), byHash(kind, product, buy, costly, introspecting))
  await writeFile(join(folder, 'web.json'), byBareHash(ofWeb))
  await writeFile(join(folder, 'iOS app.json'), apollo)
  await writeFile(join(folder, 'README.md'), 'Written by the build of each client.')
  const env = { TRUSTED_DOCUMENTS_PATH: folder, INTROSPECTION: 'false' }
  enforcing = await createWorld({ env: { ...env, TRUSTED_DOCUMENTS: 'enforce' } })
  logging = await createWorld({ env: { ...env, TRUSTED_DOCUMENTS: 'log' } })
})
afterAll(async () => {
  await Promise.all([enforcing.close(), logging.close()])
  await rm(folder, { recursive: true, force: true })
})
afterEach(() => {
  for (const { statements, logLines } of [enforcing, logging]) statements.length = logLines.length = 0
})

const post = (world: World, body: object, headers: Call['headers'] = {}) =>
  call(world.url, { headers: { ...graphql, ...headers }, body: JSON.stringify(body) })
const get = (world: World, search: Record<string, string>) =>
  call(world.url, {
    method: 'GET',
    path: `/graphql?${new URLSearchParams(search)}`,
    headers: { accept: graphql.accept },
  })
const apolloId = (document: string) => ({ persistedQuery: { version: 1, sha256Hash: sha256(document) } })

describe('a trusted document', () => {
  const variables = { sku: 'NW-0001' }
  const forms: [what: string, body: Record<string, unknown>][] = [
    ['its id', { documentId: `sha256:${sha256(product)}` }],
    ['its bare hash', { documentId: sha256(product) }],
    ['its hash as Apollo’s clients send it', { extensions: apolloId(product) }],
    ['its text', { query: product }],
    ['its text and its id', { query: product, documentId: `sha256:${sha256(product)}` }],
    ['its text and its hash', { query: product, extensions: apolloId(product) }],
    ['both ids', { documentId: `sha256:${sha256(product)}`, extensions: apolloId(product) }],
  ]
  it.each(forms)('runs by %s, by POST and by GET, and is the same operation', async (_what, body) => {
    for (const world of [enforcing, logging]) {
      const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))
      const search = Object.entries({ ...body, variables }).map(([name, value]): [string, string] => [
        name,
        text(value),
      ])
      for (const reply of [await post(world, { ...body, variables }), await get(world, Object.fromEntries(search))]) {
        expect(outcome(reply)).toBe('200')
        expect(dataIn(reply)).toEqual({ product: { name: 'Chai' } })
      }
      expect(world.statements).toHaveLength(2)
      expect(world.logLines.map((line) => JSON.parse(line).operation)).toEqual(['Product', 'Product'])
    }
  })

  it('with a mutation is not run by GET', async () => {
    expect(outcome(await get(enforcing, { documentId: `sha256:${sha256(buy)}` }))).toBe('405 METHOD_NOT_ALLOWED')
  })

  it('has the limits of any other document: cost, variables, rules, introspection', async () => {
    const refused = await post(enforcing, { documentId: sha256(costly) })
    expect(outcome(refused)).toBe('422 COST_LIMIT_EXCEEDED')
    expect(outcome(await post(enforcing, { documentId: sha256(product) }))).toBe('400 BAD_USER_INPUT')
    const input = { lines: [], shipTo: { recipient: '', street: '', city: '', country: 'DE' } }
    expect(outcome(await post(enforcing, { documentId: sha256(buy), variables: { i: input } }))).toBe(
      '200 UNAUTHENTICATED',
    )
    expect(outcome(await post(enforcing, { documentId: sha256(introspecting) }))).toMatch(
      /^422( GRAPHQL_VALIDATION_FAILED)+$/,
    )
    expect(enforcing.statements).toEqual([])
  })

  it('of one client is trusted from that client only', async () => {
    const asked: [document: string, headers: Record<string, string>, expected: string][] = [
      [ofWeb, { 'graphql-client-name': 'web' }, '200'],
      [ofWeb, { 'apollographql-client-name': 'web' }, '200'],
      [ofWeb, { 'graphql-client-name': 'web', 'apollographql-client-name': 'iOS app' }, '200'],
      [ofApollo, { 'graphql-client-name': 'iOS app' }, '200'],
      [kind, { 'graphql-client-name': 'web' }, '200'],
      [ofWeb, {}, '404 PERSISTED_QUERY_NOT_FOUND'],
      [ofWeb, { 'graphql-client-name': 'iOS app' }, '404 PERSISTED_QUERY_NOT_FOUND'],
      [ofWeb, { 'graphql-client-name': 'Web' }, '404 PERSISTED_QUERY_NOT_FOUND'],
      [ofWeb, { 'graphql-client-name': '../web' }, '404 PERSISTED_QUERY_NOT_FOUND'],
      [ofWeb, { 'graphql-client-name': '__proto__' }, '404 PERSISTED_QUERY_NOT_FOUND'],
    ]
    for (const [document, headers, expected] of asked) {
      expect(outcome(await post(enforcing, { documentId: sha256(document) }, headers))).toBe(expected)
      const byText = expected === '200' ? '200' : '403 DOCUMENT_NOT_TRUSTED'
      expect(outcome(await post(enforcing, { query: document }, headers))).toBe(byText)
    }
  })
})

describe('an id that no manifest has', () => {
  const ids = [
    ...[`sha256:${sha256(unknown)}`, sha256(unknown), `sha256:${sha256(kind).toUpperCase()}`, `SHA256:${sha256(kind)}`],
    ...[
      `sha256:sha256:${sha256(kind)}`,
      `md5:${sha256(kind)}`,
      `${sha256(kind)} `,
      sha256(kind).slice(1),
      '',
      'x',
      '__proto__',
    ],
  ]
  it.each(ids)('(%j) gets the message that Apollo’s clients expect', async (documentId) => {
    for (const world of [enforcing, logging]) {
      const reply = await post(world, { documentId })
      expect(outcome(reply)).toBe('404 PERSISTED_QUERY_NOT_FOUND')
      expect(messages(reply)).toEqual(['PersistedQueryNotFound'])
      const ofBefore = await call(world.url, { headers: json, body: JSON.stringify({ documentId }) })
      expect(outcome(ofBefore)).toBe('200 PERSISTED_QUERY_NOT_FOUND')
      expect(ofBefore.headers['cache-control']).toBe('no-store')
    }
  })

  it('is not learnt from a request that has the text too', async () => {
    const both = { query: unknown, extensions: apolloId(unknown) }
    expect(outcome(await post(logging, both))).toBe('200')
    expect(outcome(await post(enforcing, both))).toBe('403 DOCUMENT_NOT_TRUSTED')
    for (const world of [enforcing, logging]) {
      expect(outcome(await post(world, { extensions: apolloId(unknown) }))).toBe('404 PERSISTED_QUERY_NOT_FOUND')
    }
  })
})

describe('an id that is wrong', () => {
  const bodies: [what: string, body: Record<string, unknown>][] = [
    ['the hash of another text', { query: kind, extensions: apolloId(product) }],
    ['an id of another text', { query: kind, documentId: `sha256:${sha256(product)}` }],
    ['an id of another kind with a text', { query: kind, documentId: 'md5:0' }],
    ['two ids that differ', { documentId: sha256(kind), extensions: apolloId(product) }],
    ['an id that is no text', { documentId: 5 }],
    ['an id that is nothing', { documentId: null }],
    ['no hash', { extensions: { persistedQuery: { version: 1 } } }],
    ['a hash that is no text', { extensions: { persistedQuery: { version: 1, sha256Hash: [] } } }],
    ['another version', { extensions: { persistedQuery: { version: 2, sha256Hash: sha256(kind) } } }],
    ['a persisted query that is none', { extensions: { persistedQuery: true } }],
  ]
  it.each(bodies)('(%s) is refused with 400', async (_what, body) => {
    for (const world of [enforcing, logging]) expect(outcome(await post(world, body))).toBe('400 BAD_REQUEST')
  })
})

describe('an unknown document', () => {
  const documents: [what: string, query: string][] = [
    ['another document', unknown],
    ['a trusted one with a blank more', `${kind} `],
    ['a trusted one formatted', kind.replaceAll(' ', '\n')],
    ['a trusted one with a comment', `# ${kind}\n${kind}`],
    ['a trusted one with another beside it', `${kind} ${unknown}`],
    ['a part of a trusted one', kind.slice('query Kind '.length)],
    ['introspection', '{ __schema { types { name } } }'],
    ['no GraphQL', 'garbage {'],
  ]
  it.each(documents)(
    '(%s) is refused with 403 under enforce, whatever is accepted, and never parsed',
    async (_what, query) => {
      for (const headers of [graphql, json]) {
        const reply = await call(enforcing.url, { headers, body: JSON.stringify({ query }) })
        expect(outcome(reply)).toBe('403 DOCUMENT_NOT_TRUSTED')
      }
      expect(outcome(await get(enforcing, { query }))).toBe('403 DOCUMENT_NOT_TRUSTED')
      expect(enforcing.logLines.map((line) => JSON.parse(line).operation)).toEqual([undefined, undefined, undefined])
    },
  )

  it('is logged once for each client with `log`, without its literals, and runs', async () => {
    const query = 'query Secret { products(filter: { nameContains: "c4n4ry" }) { totalCount } }'
    for (const headers of [{}, {}, { 'graphql-client-name': 'web' }, { 'graphql-client-name': 'web' }]) {
      expect(outcome(await post(logging, { query }, headers))).toBe('200')
    }
    await post(logging, { query: kind })
    await post(logging, { query: 'garbage {' })
    const listed = logging.logLines.map((line) => JSON.parse(line)).filter(({ documentId }) => documentId)
    expect(listed).toEqual([
      expect.objectContaining({ level: 40, operation: 'Secret', documentId: `sha256:${sha256(query)}` }),
      expect.objectContaining({ client: 'web', operation: 'Secret', documentId: `sha256:${sha256(query)}` }),
    ])
    expect(logging.logLines.join('')).not.toContain('c4n4ry')
  })
})

describe('without trusted documents', () => {
  it('an id gets the message that Apollo’s clients expect, with a text or without', async () => {
    await using world = await createWorld({ data: 'empty', env: { TRUSTED_DOCUMENTS_PATH: folder } })
    for (const body of [
      { documentId: sha256(kind) },
      { extensions: apolloId(kind) },
      { query: kind, extensions: apolloId(kind) },
    ]) {
      const reply = await post(world, body)
      expect(outcome(reply)).toBe('400 PERSISTED_QUERY_NOT_SUPPORTED')
      expect(messages(reply)).toEqual(['PersistedQueryNotSupported'])
    }
    expect(outcome(await post(world, { query: kind }))).toBe('200')
  })

  it('GraphiQL is served; with `enforce` it is not, unless it is set', async () => {
    const browser = { method: 'GET', headers: { accept: 'text/html' } }
    expect((await call(logging.url, browser)).headers['content-type']).toBe('text/html; charset=utf-8')
    expect(outcome(await call(enforcing.url, browser))).toBe('406 NOT_ACCEPTABLE')
    const env = { TRUSTED_DOCUMENTS: 'enforce', TRUSTED_DOCUMENTS_PATH: folder, GRAPHIQL: 'true' }
    await using said = await createWorld({ data: 'empty', env })
    expect((await call(said.url, browser)).headers['content-type']).toBe('text/html; charset=utf-8')
  })
})

describe('the documents of the site', () => {
  it('in development run by id, also those of a build that comes while the server runs, on every endpoint', async () => {
    const manifest = join(folder, '..', `${sha256(folder)}.json`)
    await using world = await createWorld({ data: 'empty', site: { manifest } })
    const byId = (document: string, path = '/graphql') =>
      call(world.url, { path, headers: graphql, body: JSON.stringify({ documentId: `sha256:${sha256(document)}` }) })
    expect(outcome(await byId(kind))).toBe('400 PERSISTED_QUERY_NOT_SUPPORTED')
    await writeFile(manifest, byHash(kind, 'query Old { gone }'))
    expect(dataIn(await byId(kind))).toEqual({ viewer: { kind: 'ANONYMOUS' } })
    expect(dataIn(await byId(kind, '/storefront/graphql'))).toEqual({ viewer: { kind: 'ANONYMOUS' } })
    expect(outcome(await byId('query Old { gone }'))).toBe('400 PERSISTED_QUERY_NOT_SUPPORTED')
    await writeFile(manifest, byHash(kind, ofWeb))
    expect(dataIn(await byId(ofWeb))).toEqual({ products: { totalCount: 0 } })
    await rm(manifest)
    expect(outcome(await byId(unknown))).toBe('400 PERSISTED_QUERY_NOT_SUPPORTED')
    expect(outcome(await byId(kind))).toBe('200')
    expect(outcome(await post(world, { query: unknown }))).toBe('200')
  })

  it('do not run by id where the settings name manifests, or where the site is off', async () => {
    const manifest = join(folder, 'default.json')
    const settings: Record<string, string>[] = [{ TRUSTED_DOCUMENTS_PATH: folder }, { SITE: 'false' }]
    for (const env of settings) {
      await using world = await createWorld({ data: 'empty', site: { manifest }, env })
      expect(outcome(await post(world, { documentId: sha256(kind) }))).toBe('400 PERSISTED_QUERY_NOT_SUPPORTED')
    }
  })
})
