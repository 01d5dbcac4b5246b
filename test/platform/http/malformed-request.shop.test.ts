import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ledger, lineOf, shipTo } from '../../commerce/support/order-place.ts'
import { createWorld, type World } from '../../support/world.ts'
import { call, graphql, json, messages, outcome, post } from '../support/call.ts'

let world: World
beforeAll(async () => {
  world = await createWorld({ env: { MAX_BODY_BYTES: '10000' } })
})
afterAll(() => world.close())

const ok = JSON.stringify({ query: '{ viewer { kind } }' })
const get = (search: Record<string, string>) =>
  call(world.url, { method: 'GET', path: `/graphql?${new URLSearchParams(search)}` })

describe('a body that is no GraphQL request', () => {
  const bodies = [
    ...[
      '',
      ' ',
      '{',
      '{"query":',
      'query { viewer { kind } }',
      "{'query':'{ viewer { kind } }'}",
      `${ok},`,
      `${ok}${ok}`,
    ],
    ...[`[${ok}]`, '[]', 'null', 'true', '5', '"{ viewer { kind } }"', '{}', '{"variables":{}}'],
    ...['{"query":null}', '{"query":""}', '{"query":5}', '{"query":["{ viewer { kind } }"]}', '{"query":{"a":1}}'],
    ...['{"query":"{ viewer { kind } }","variables":[]}', '{"query":"{ viewer { kind } }","variables":"{}"}'],
    ...['{"query":"{ viewer { kind } }","variables":1}', '{"query":"{ viewer { kind } }","operationName":5}'],
    ...['{"query":"{ viewer { kind } }","extensions":1}', '{"query":"{ viewer { kind } }","extensions":[]}'],
  ]
  it.each(bodies)('%s is BAD_REQUEST with 400, under every media type', async (body) => {
    expect(outcome(await call(world.url, { headers: json, body }))).toBe('400 BAD_REQUEST')
    expect(outcome(await call(world.url, { headers: graphql, body }))).toBe('400 BAD_REQUEST')
  })

  it('gets a message with the right form', async () => {
    const reply = await call(world.url, { headers: json, body: '{"query":5}' })
    expect(messages(reply)).toEqual([
      '"query" has the wrong type: a request is {"query": string, "variables"?: object, "operationName"?: string}.',
    ])
  })

  it('may have unknown properties', async () => {
    const extra = { id: 'x', doc_id: 1, constructor: 5, toString: null, query2: '{ nope }', variables: null }
    const body = `{"__proto__":{"query":"{ nope }"},${JSON.stringify(extra).slice(1, -1)},${ok.slice(1)}`
    expect(outcome(await call(world.url, { headers: json, body }))).toBe('200')
  })
})

describe('a body that is larger than MAX_BODY_BYTES', () => {
  const filled = (size: number) => ok.padEnd(size)

  it('by one byte is refused with 413, by its announced length or as it arrives', async () => {
    expect(outcome(await call(world.url, { headers: json, body: filled(10_000) }))).toBe('200')
    const refused = await call(world.url, { headers: json, body: filled(10_001) })
    expect(outcome(refused)).toBe('413 PAYLOAD_TOO_LARGE')
    expect(messages(refused)).toEqual(['The body is larger than 10000 bytes.'])

    expect(outcome(await call(world.url, { headers: json, body: [filled(4000), ' '.repeat(6000)] }))).toBe('200')
    const chunks = [filled(4000), ' '.repeat(6000), ' ']
    expect(outcome(await call(world.url, { headers: json, body: chunks }))).toBe('413 PAYLOAD_TOO_LARGE')
  })

  it('is measured in bytes, not in characters', async () => {
    const body = JSON.stringify({ query: `{ viewer { kind } } # ${'ü'.repeat(5000)}` })
    expect(body.length).toBeLessThan(10_000)
    expect(outcome(await call(world.url, { headers: json, body }))).toBe('413 PAYLOAD_TOO_LARGE')
  })
})

describe('another media type', () => {
  const types = [
    ...['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain', 'application/graphql'],
    ...['application/graphql+json', 'application/json-patch+json', 'application/jsonx', 'text/plain; application/json'],
    ...['application/json, text/plain', '', 'json'],
  ]
  it.each(types)('%j is refused with 415 and the accepted types, and runs nothing', async (type) => {
    const before = world.statements.length
    const reply = await call(world.url, { headers: { 'content-type': type }, body: ok })
    expect(outcome(reply)).toBe('415 UNSUPPORTED_MEDIA_TYPE')
    expect(reply.headers['accept-post']).toBe('application/json')
    expect(world.statements.length).toBe(before)
  })

  it('as a form cannot place an order, nor can a body without a type', async () => {
    const before = await ledger(world)
    const authorization = `Bearer ${await world.tokenFor('customer ALFKI')}`
    const input = { lines: [await lineOf(world, 'NW-0003')], shipTo }
    const request = { query: 'mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) { order { id } } }' }
    const form = new URLSearchParams({ ...request, variables: JSON.stringify({ input }) }).toString()
    const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' }
    expect(outcome(await call(world.url, { headers, body: form }))).toBe('415 UNSUPPORTED_MEDIA_TYPE')
    const body = JSON.stringify({ ...request, variables: { input } })
    expect(outcome(await call(world.url, { headers: { authorization }, body }))).toBe('415 UNSUPPORTED_MEDIA_TYPE')
    expect(await ledger(world)).toEqual(before)
  })

  it('than JSON for the response is refused with 406', async () => {
    for (const accept of ['application/xml', 'multipart/mixed', 'text/html', 'application/json;q=0']) {
      const reply = await call(world.url, { headers: { ...json, accept }, body: ok })
      expect(outcome(reply)).toBe('406 NOT_ACCEPTABLE')
    }
    for (const accept of [
      '*/*',
      'application/*',
      'text/event-stream, application/json;q=0.5',
      'APPLICATION/JSON',
      '',
    ]) {
      expect(outcome(await call(world.url, { headers: { ...json, accept }, body: ok }))).toBe('200')
    }
  })

  it('does not mean another case or other parameters', async () => {
    for (const type of ['APPLICATION/JSON', 'application/json;charset=utf-8', 'application/json ; charset="UTF-8"']) {
      expect(outcome(await call(world.url, { headers: { 'content-type': type }, body: ok }))).toBe('200')
    }
  })
})

describe('another method', () => {
  it.each(['PUT', 'PATCH', 'QUERY', 'PROPFIND'])('%s is refused with 405', async (method) => {
    const reply = await call(world.url, { method, headers: json, body: ok })
    expect(outcome(reply)).toBe('405 METHOD_NOT_ALLOWED')
    expect(reply.headers.allow).toBe('GET, POST, OPTIONS')
  })

  it.each(['DELETE', 'HEAD', 'TRACE'])('%s is refused with 405', async (method) => {
    const reply = await call(world.url, { method, path: '/graphql?query={viewer{kind}}' })
    expect(reply.status).toBe(405)
    expect(reply.headers.allow).toBe('GET, POST, OPTIONS')
  })
})

describe('another path', () => {
  const paths = [
    ...[
      '/',
      '/graphql/',
      '/GraphQL',
      '//graphql',
      '/graphql/healthz',
      '/anything/healthz',
      '/anything/readyz',
      '/health',
    ],
    ...['/healthz/', '/readyz/', '/%67raphql', '/graphql%00', '/graphql;x', '/../graphql', '/graphql/../graphql', '*'],
    ...['/favicon.ico', '/.env', 'http://elsewhere.example/graphql', 'http://elsewhere.example/healthz'],
  ]
  it.each(paths)('%s is refused with 404', async (path) => {
    expect(outcome(await call(world.url, { path, headers: json, body: ok }))).toBe('404 NOT_FOUND')
    expect(outcome(await call(world.url, { path, method: 'GET' }))).toBe('404 NOT_FOUND')
  })
})

describe('a Host header that names no host', () => {
  it.each(['a b', '[::', 'x:99999', 'ex%zz', 'a/b', 'user@x', 'x?y', 'x#y', '\\'])(
    '%j is refused with 400',
    async (host) => {
      for (const method of ['POST', 'GET']) {
        const accept = 'text/html, application/json'
        const body = method === 'POST' ? ok : undefined
        const reply = await call(world.url, { method, headers: { ...json, accept, host }, body })
        expect(outcome(reply)).toBe('400 BAD_REQUEST')
      }
    },
  )
})

describe('bytes that are no HTTP', () => {
  it.each([
    'GARBAGE\r\n\r\n',
    'POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-length: -5\r\n\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  ])('%j is refused with 400 and a closed connection', async (text) => {
    expect(await exchange(text)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
  })
})

describe('GET', () => {
  it('runs queries, with variables and operation name', async () => {
    const query = 'query A($n: Int) { orders(first: $n) { totalCount } } query B { viewer { kind } }'
    expect(outcome(await get({ query, operationName: 'B', variables: '{"n":1}', extensions: '' }))).toBe('200')
  })

  it('runs no mutation', async () => {
    const query = 'mutation { orderPlace(input: { lines: [], shipTo: {} }) { order { id } } }'
    const reply = await get({ query })
    expect(outcome(reply)).toBe('405 METHOD_NOT_ALLOWED')
    expect(reply.headers.allow).toBe('POST')
  })

  it.each(['{', '[]', '5', '"x"', 'true', '{"a":}'])('with %s as variables is refused with 400', async (variables) => {
    expect(outcome(await get({ query: '{ viewer { kind } }', variables }))).toBe('400 BAD_REQUEST')
    expect(outcome(await get({ query: '{ viewer { kind } }', extensions: variables }))).toBe('400 BAD_REQUEST')
  })

  it('without a query is refused with 400', async () => {
    expect(outcome(await get({}))).toBe('400 BAD_REQUEST')
    expect(outcome(await get({ query: '' }))).toBe('400 BAD_REQUEST')
    expect(outcome(await get({ variables: '{}' }))).toBe('400 BAD_REQUEST')
  })
})

describe('an ambiguous operation', () => {
  const two = 'query A { viewer { kind } } query B { viewer { kind } }'
  const requests: [what: string, request: object][] = [
    ['two and no name', { query: two }],
    ['two and an unknown name', { query: two, operationName: 'C' }],
    ['two and a name of all objects', { query: two, operationName: '__proto__' }],
    ['one and another name', { query: '{ viewer { kind } }', operationName: 'A' }],
    ['fragments only', { query: 'fragment A on Query { viewer { kind } }' }],
    ['a type definition', { query: 'type A { b: Int }' }],
  ]
  it.each(requests)('(%s) is OPERATION_RESOLUTION_FAILURE with 422', async (_what, request) => {
    expect(outcome(await post(world.url, request))).toBe('422 OPERATION_RESOLUTION_FAILURE')
  })

  it('is none where one has an empty name, which is no name', async () => {
    const request = { query: '{ viewer { kind } }', operationName: '' }
    for (let time = 0; time < 3; time++) expect(outcome(await post(world.url, request))).toBe('200')
    expect(outcome(await post(world.url, { query: two, operationName: '' }))).toBe('422 OPERATION_RESOLUTION_FAILURE')
  })

  it('of a subscription to a query is GRAPHQL_VALIDATION_FAILED with 422', async () => {
    const reply = await post(world.url, { query: 'subscription { viewer { kind } }' })
    expect(outcome(reply)).toBe('422 GRAPHQL_VALIDATION_FAILED')
    expect(messages(reply)).toEqual(['Cannot query field "viewer" on type "Subscription".'])
  })
})

/** The bytes received until the server closes the connection. */
function exchange(text: string): Promise<string> {
  return new Promise((done, fail) => {
    const socket = connect(Number(new URL(world.url).port), '127.0.0.1', () => socket.write(text))
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk.toString()
    })
    socket.on('error', fail)
    socket.on('close', () => done(answer))
  })
}
