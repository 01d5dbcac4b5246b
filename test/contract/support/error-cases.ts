import { join } from 'node:path'
import { FileLinks } from '../../../src/platform/bulk/file-link.ts'
import type { DatabaseUrls } from '../../../src/platform/database/urls.ts'
import type { ErrorCode } from '../../../src/platform/errors.ts'
import { encodePosition } from '../../../src/platform/events/position.ts'
import { CursorCodec } from '../../../src/platform/graphql/cursor.ts'
import { encodeId } from '../../../src/platform/graphql/ids.ts'
import { openStream } from '../../platform/events/support/stream.ts'
import { inDays } from '../../platform/support/api-key.ts'
import { onlyDomain } from '../../support/only-readable.ts'
import { createWorld, type World } from '../../support/world.ts'
import {
  dropDatabase,
  hideColumn,
  hideTable,
  lockIdempotencyKeys,
  lockKeys,
  occupyPool,
  revokeReads,
  takeAllPlaces,
  terminateConnections,
} from './broken-database.ts'
import { addWrittenExport } from './bulk-exports.ts'

/** One way for a client to be refused. Omitted properties are those of a valid request. */
export interface ErrorCase {
  /** A phrase after "when". */
  when: string
  /** Whether the response has `data`, and so a status of its own. */
  partial?: boolean
  /** Whether HTTP itself refuses, under every media type alike. */
  http?: boolean
  method?: string
  path?: string
  headers?: Record<string, string>
  /** Replaces document and variables. */
  body?: string | Uint8Array<ArrayBuffer>
  /** Replaces the request by a body that begins and never ends. */
  unfinished?: boolean
  query?: string
  variables?: unknown
  operationName?: string
  viewer?: string
  env?: Record<string, string>
  /** Done to the database before its server starts. */
  prepare?: (urls: DatabaseUrls) => Promise<void>
  /** Done to the server's database first. */
  broken?: (world: World) => Promise<AsyncDisposable>
  /** Whether it breaks the world for good, so that no other test can use it. */
  ruined?: boolean
  /** Whether it affects one request only. */
  once?: boolean
}

const exportById = 'query ($id: ID!) { bulkExport(id: $id) { id } }'
const nodeById = 'query ($id: ID!) { node(id: $id) { id } }'
/** A list that every domain has. */
const keys = { viewer: 'admin', query: '{ apiKeys { totalCount edges { node { name } } } }' }
const quick = { DATABASE_STATEMENT_TIMEOUT_MS: '500', REQUEST_TIMEOUT_MS: '500' }
const onePatientConnection = {
  DATABASE_POOL_SIZE: '1',
  DATABASE_POOL_WAIT_MS: '500',
  DATABASE_STATEMENT_TIMEOUT_MS: '600000',
}

const nowhere = `sha256:${'0'.repeat(64)}`
const enforced = {
  TRUSTED_DOCUMENTS: 'enforce',
  TRUSTED_DOCUMENTS_PATH: join(import.meta.dirname, 'trusted-documents.json'),
}
const onePoint = { RATE_LIMIT_ANONYMOUS_CAPACITY: '1', RATE_LIMIT_ANONYMOUS_RESTORE_PER_SECOND: '0.001' }

/** A key of this name, made by a request with this idempotency key. */
function keyCreate(name: string, key?: string): string {
  const named = key ? `idempotencyKey: "${key}", ` : ''
  return `${name}: apiKeyCreate(input: { ${named}name: "${name}", scopes: [], expiresAt: "${inDays(1)}" }) { replayed }`
}

function created(name: string, key?: string): string {
  return `mutation { ${keyCreate(name, key)} }`
}

const cursorSecret = 'a secret of at least 32 characters'
const futurePosition = encodePosition(new CursorCodec(cursorSecret), {
  position: 1_000_000,
  id: '0198c0de-0000-7000-8000-000000000000',
})

const exportId = '0198c0de-0000-7000-8000-000000000001'
const filePath = new FileLinks(cursorSecret).pathTo({ type: 'BulkExport', id: exportId }, 86_400)

async function writeExport(world: World): Promise<AsyncDisposable> {
  await addWrittenExport(world, exportId)
  return { [Symbol.asyncDispose]: async () => {} }
}

/** Not of every domain: no mutation of the platform requires an idempotency key, and no field of it comes from elsewhere. */
type CodeOfDomains = 'IDEMPOTENCY_KEY_REQUIRED' | 'UPSTREAM_UNAVAILABLE' | 'UPSTREAM_INVALID'
/** A client that has gone sees no error. */
type UnseenCode = 'CANCELLED'

/** At least one case for each code of the catalogue: a code without one does not compile. */
export const errorCases: Record<Exclude<ErrorCode, CodeOfDomains | UnseenCode>, [ErrorCase, ...ErrorCase[]]> = {
  BAD_REQUEST: [
    { when: 'the body is not JSON', http: true, body: '{"query":' },
    { when: 'the body is not UTF-8', http: true, body: Buffer.from([0x22, 0xff, 0x22]) },
    { when: 'there is no query', http: true, body: '{}' },
    { when: 'the body is a list', http: true, body: '[{"query":"{__typename}"}]' },
    { when: 'the variables are text', http: true, variables: 'text' },
  ],
  NOT_FOUND: [
    { when: 'the path is another', http: true, path: '/graphql/nowhere' },
    { when: 'the path is the root', http: true, method: 'GET', path: '/' },
  ],
  METHOD_NOT_ALLOWED: [
    { when: 'the method is PUT', http: true, method: 'PUT' },
    { when: 'a mutation comes by GET', http: true, method: 'GET', path: '/graphql?query=mutation{__typename}' },
  ],
  NOT_ACCEPTABLE: [
    { when: 'only XML is accepted', http: true, headers: { accept: 'application/xml' } },
    { when: 'a subscription accepts no stream', http: true, query: 'subscription { changes { id } }' },
  ],
  PAYLOAD_TOO_LARGE: [{ when: 'the body is larger than MAX_BODY_BYTES', http: true, body: ' '.repeat(262_145) }],
  UNSUPPORTED_MEDIA_TYPE: [
    { when: 'the body is a form', http: true, headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    {
      when: 'the body is in another charset',
      http: true,
      headers: { 'content-type': 'application/json; charset=utf-16' },
    },
    { when: 'the body is compressed', http: true, headers: { 'content-encoding': 'gzip' } },
    { when: 'the body is said to be text', http: true, headers: { 'content-type': 'text/plain' } },
  ],
  ORIGIN_NOT_ALLOWED: [
    { when: 'the page is of another origin', http: true, headers: { origin: 'https://example.org' } },
    { when: 'another site embeds the answer', http: true, headers: { 'sec-fetch-site': 'cross-site' } },
  ],
  REQUEST_TIMEOUT: [{ when: 'the body does not end', http: true, unfinished: true, env: quick }],
  URI_TOO_LONG: [
    { when: 'the query string is too long', http: true, method: 'GET', path: `/graphql?query=${'a'.repeat(8192)}` },
  ],
  RANGE_NOT_SATISFIABLE: [
    {
      when: 'the range begins behind the end of the file',
      http: true,
      method: 'GET',
      path: filePath,
      headers: { range: 'bytes=4-' },
      env: { CURSOR_SECRET: cursorSecret },
      broken: writeExport,
    },
  ],
  HEADERS_TOO_LARGE: [{ when: 'there are too many headers', http: true, headers: manyHeaders(101) }],
  PERSISTED_QUERY_NOT_FOUND: [
    { when: 'no manifest has the document', body: `{"documentId":"${nowhere}"}`, env: { TRUSTED_DOCUMENTS: 'log' } },
  ],
  PERSISTED_QUERY_NOT_SUPPORTED: [{ when: 'a document is asked for by its id', body: `{"documentId":"${nowhere}"}` }],
  DOCUMENT_NOT_TRUSTED: [
    { when: 'only documents of the manifest run', http: true, query: '{ viewer { kind } }', env: enforced },
  ],
  GRAPHQL_PARSE_FAILED: [
    { when: 'the document ends too early', query: '{ apiKeys {' },
    { when: 'the document has an unknown character', query: '{ § }' },
  ],
  GRAPHQL_VALIDATION_FAILED: [
    { when: 'a field is unknown', query: '{ viewer { nm uid key_nm } apiKeyz { id } }' },
    { when: 'an argument is unknown', query: '{ apiKeys(limit: 1) { totalCount } }' },
    { when: 'an argument is of another type', query: '{ apiKeys(first: "1", sort: { field: NM }) { totalCount } }' },
    { when: 'a literal holds NUL', query: '{ node(id: "a\\u0000") { id } }' },
    { when: 'the type of the operation has no such field', query: 'subscription { apiKeys { totalCount } }' },
  ],
  DOCUMENT_LIMIT_EXCEEDED: [
    { when: 'there are too many tokens', query: repeated(2000, () => '__typename') },
    { when: 'it nests too deep', query: '{ apiKeys { edges { node { id } } } }', env: { MAX_DEPTH: '2' } },
    { when: 'there are too many aliases', query: repeated(31, (index) => `a${index}: __typename`) },
    { when: 'there are too many mutations', query: `mutation ${repeated(11, (index) => keyCreate(`a${index}`))}` },
    { when: 'there are too many directives', query: repeated(31, () => '__typename @skip(if: false)') },
  ],
  OPERATION_RESOLUTION_FAILURE: [
    { when: 'there are several operations and no name', query: 'query A { __typename } query B { __typename }' },
    { when: 'there is none of that name', query: 'query A { __typename }', operationName: 'B' },
    { when: 'there is none at all', query: 'fragment A on Query { __typename }' },
  ],
  COST_LIMIT_EXCEEDED: [
    { when: 'it could read too much', ...keys, env: { MAX_COST: '20' } },
    { when: 'no bucket holds as much', ...keys, env: { RATE_LIMIT_CAPACITY: '20' } },
  ],
  RATE_LIMITED: [
    { when: 'its bucket is used up', http: true, query: '{ viewer { kind } }', env: onePoint, broken: askOnce },
    {
      when: 'too many credentials were refused',
      http: true,
      headers: { authorization: 'Bearer x.y.z' },
      env: { MAX_REFUSED_CREDENTIALS: '1' },
      broken: askOnce,
    },
  ],
  BAD_USER_INPUT: [
    { when: 'a variable is missing', query: exportById },
    { when: 'a variable is of another type', query: exportById, variables: { id: { pf_api_key: 1 } } },
    { when: 'a variable holds NUL', query: exportById, variables: { id: 'a\0' } },
  ],
  INVALID_ID: [
    { when: 'an id is malformed', partial: true, query: nodeById, variables: { id: "x' or uid = uid --" } },
    {
      when: 'an id is of another type',
      partial: true,
      viewer: 'admin',
      query: exportById,
      variables: { id: encodeId('ApiKey', '00000000-0000-7000-8000-000000000000') },
    },
  ],
  INVALID_CURSOR: [
    {
      when: 'a cursor is forged',
      partial: true,
      viewer: 'admin',
      query: '{ apiKeys(after: "WyJzIiwibm0iXQ") { totalCount } }',
    },
  ],
  POSITION_EXPIRED: [
    {
      when: 'the database never came so far',
      partial: true,
      query: `{ changes(after: "${futurePosition}") { hasMore } }`,
      env: { CURSOR_SECRET: cursorSecret },
    },
  ],
  INVALID_PAGE_SIZE: [
    { when: 'a page is too large', partial: true, viewer: 'admin', query: '{ apiKeys(first: 101) { totalCount } }' },
    {
      when: 'a page has two sizes',
      partial: true,
      viewer: 'admin',
      query: '{ apiKeys(first: 1, last: 1) { totalCount } }',
    },
  ],
  UNAUTHENTICATED: [
    { when: 'the token is not one', http: true, headers: { authorization: 'Bearer x.y.z' } },
    { when: 'the API key is made up', http: true, headers: { authorization: `Bearer fdk_${'0'.repeat(36)}` } },
    { when: 'the scheme is another', http: true, headers: { authorization: 'Basic eDp5' } },
    { when: 'a field needs a viewer', partial: true, query: '{ apiKeys { totalCount } }' },
  ],
  FORBIDDEN: [
    {
      when: 'a field needs another role',
      partial: true,
      viewer: 'nobody',
      query: '{ apiKeys { totalCount } }',
    },
    { when: 'a link to a file has no signature', http: true, method: 'GET', path: filePath.split('?')[0] },
    { when: 'a link to a file is of another server', http: true, method: 'GET', path: filePath },
  ],
  DEADLINE_EXCEEDED: [
    { when: 'a statement waits too long for a lock', partial: true, ...keys, env: quick, broken: lockKeys },
  ],
  TOO_MANY_STREAMS: [
    {
      when: 'the address has a stream open already, and may have one',
      http: true,
      query: 'subscription { changes { id } }',
      headers: { accept: 'application/json, text/event-stream' },
      env: { MAX_STREAMS_PER_VIEWER: '1' },
      broken: openOneStream,
    },
  ],
  OVERLOADED: [
    {
      when: 'all places are taken',
      http: true,
      ...keys,
      env: { ...onePatientConnection, DATABASE_POOL_WAIT_MS: '600000', QUEUE_TIMEOUT_MS: '500' },
      broken: takeAllPlaces,
    },
  ],
  UNAVAILABLE: [
    { when: 'the database is gone', partial: true, ...keys, broken: dropDatabase, ruined: true },
    { when: 'the database hangs up', once: true, partial: true, ...keys, broken: terminateConnections },
    { when: 'a table is missing', partial: true, ...keys, broken: hideTable },
    {
      when: 'a column is missing',
      partial: true,
      ...keys,
      broken: hideColumn,
    },
    { when: 'no connection comes free', partial: true, ...keys, env: onePatientConnection, broken: occupyPool },
    {
      when: 'the keys that sign tokens cannot be had',
      http: true,
      viewer: 'admin',
      env: { AUTH_JWKS_URL: 'http://127.0.0.1:65535/jwks.json' },
    },
  ],
  SWITCHED_OFF: [
    {
      when: 'a mutation comes to a server that only reads',
      http: true,
      viewer: 'admin',
      query: created('a'),
      prepare: onlyDomain,
    },
    {
      when: 'a query reads what such a server does not keep',
      partial: true,
      viewer: 'admin',
      query: '{ viewer { kind } apiKeys { totalCount } }',
      prepare: onlyDomain,
    },
  ],
  IDEMPOTENCY_KEY_REUSED: [
    {
      when: 'a key comes again with other arguments',
      partial: true,
      viewer: 'admin',
      query: `mutation { ${keyCreate('a', 'once')} ${keyCreate('b', 'once')} }`,
    },
  ],
  IDEMPOTENCY_KEY_IN_FLIGHT: [
    {
      when: 'the first request with the key is still running',
      partial: true,
      viewer: 'admin',
      query: created('a', 'once'),
      env: quick,
      broken: lockIdempotencyKeys,
    },
  ],
  INTERNAL_SERVER_ERROR: [{ when: 'the server lacks a right', partial: true, ...keys, broken: revokeReads }],
}

async function openOneStream(world: World): Promise<AsyncDisposable> {
  const stream = await openStream(world, { query: 'subscription { changes { id } }' })
  return { [Symbol.asyncDispose]: async () => stream.close() }
}

/** The worlds of the cases: one for each environment, and a separate one for each case that breaks its world. */
export class ErrorWorlds {
  readonly #kept = new Map<string, Promise<World>>()

  of(env: Record<string, string> = {}): Promise<World> {
    const key = JSON.stringify(env)
    const world = this.#kept.get(key) ?? createWorld({ env })
    this.#kept.set(key, world)
    return world
  }

  /** Broken as the case says, until disposed of. */
  async serve({ env, prepare, broken, ruined }: ErrorCase): Promise<AsyncDisposable & { world: World }> {
    const isOwn = ruined || prepare !== undefined
    const world = await (isOwn ? createWorld({ env, prepare }) : this.of(env))
    const damage = await broken?.(world)
    return {
      world,
      [Symbol.asyncDispose]: async () => {
        await damage?.[Symbol.asyncDispose]()
        if (isOwn) await world.close()
      },
    }
  }

  async close(): Promise<void> {
    for (const world of await Promise.all(this.#kept.values())) await world.close()
  }
}

export async function provoke(world: World, errorCase: ErrorCase, accept: string): Promise<Response> {
  const { method = 'POST', path = '/graphql', query = '{ __typename }', variables, operationName, viewer } = errorCase
  const headers = new Headers({ accept, 'content-type': 'application/json' })
  if (viewer) headers.set('authorization', `Bearer ${await world.tokenFor(viewer)}`)
  for (const [name, value] of Object.entries(errorCase.headers ?? {})) headers.set(name, value)
  const body = errorCase.body ?? JSON.stringify({ query, variables, operationName })
  const url = `${world.url}${path}`
  if (errorCase.unfinished) return fetch(url, { method, headers, body: unfinishedBody(), ...{ duplex: 'half' } })
  return fetch(url, { method, headers, body: method === 'GET' ? undefined : body })
}

function unfinishedBody(): ReadableStream {
  return new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('{')) })
}

function manyHeaders(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-${index}`, 'a']))
}

/** A first request with any outcome. */
async function askOnce({ url }: World): Promise<AsyncDisposable> {
  const headers = { 'content-type': 'application/json', authorization: 'Bearer x.y.z' }
  await fetch(`${url}/graphql`, { method: 'POST', headers, body: '{"query":"{ __typename }"}' })
  return { [Symbol.asyncDispose]: async () => {} }
}

function repeated(times: number, selection: (index: number) => string): string {
  return `{ ${Array.from({ length: times }, (_, index) => selection(index)).join(' ')} }`
}
