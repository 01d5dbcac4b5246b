import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { call, json, outcome } from '../platform/support/call.ts'
import { Lock } from '../platform/support/lock.ts'
import { createWorld, type World } from '../support/world.ts'
import { exchange, outcomesIn, postOf, Wire } from './support/wire.ts'

let world: World
beforeAll(async () => {
  world = await createWorld({ env: { MAX_BODY_BYTES: '10000' } })
})
afterAll(() => world.close())
afterEach(() => {
  world.logLines.length = 0
  world.statements.length = 0
})

const viewer = { query: '{ viewer { kind } }' }
const products = { query: '{ products { totalCount } }' }
const body = JSON.stringify(products)
const head = ['POST /graphql HTTP/1.1', 'host: a', 'content-type: application/json']
const request = (headers: string[], rest: string) => `${[...head, ...headers].join('\r\n')}\r\n\r\n${rest}`
const chunked = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`
const length = `content-length: ${body.length}`

describe('a request that two servers could read differently', () => {
  const shapes: [what: string, bytes: string][] = [
    ['a length and chunks', request([length, 'transfer-encoding: chunked'], chunked(body))],
    ['chunks and a length', request(['transfer-encoding: chunked', length], chunked(body))],
    ['two lengths', request([length, 'content-length: 0'], body)],
    ['the same length twice', request([length, length], body)],
    ['a list of lengths', request([`${length}, ${body.length}`], body)],
    ['a signed length', request([`content-length: +${body.length}`], body)],
    ['a hexadecimal length', request(['content-length: 0x10'], body)],
    ['a length with a blank in it', request(['content-length: 1 0'], body)],
    ['no length of chunks', request(['transfer-encoding: identity'], body)],
    ['another encoding last', request(['transfer-encoding: chunked, identity'], chunked(body))],
    ['an encoding nobody knows', request(['transfer-encoding: xchunked'], chunked(body))],
    ['chunks twice over', request(['transfer-encoding: chunked', 'transfer-encoding: identity'], chunked(body))],
    ['a blank before the colon', request(['transfer-encoding : chunked'], chunked(body))],
    ['a tab before the colon', request(['content-length\t: 5'], body)],
    ['a folded header', request(['x-a: 1\r\n transfer-encoding: chunked', length], body)],
    ['a line that begins with a blank', request([' transfer-encoding: chunked', length], body)],
    ['a header without a colon', request(['transfer-encoding', length], body)],
    ['NUL in a header', request(['x-a: a\0b', length], body)],
    ['CR in a header', request(['x-a: a\rb', length], body)],
    ['lines that end in LF alone', request([length], body).replaceAll('\r\n', '\n')],
    ['a blank too many in the request line', request([length], body).replace('/graphql HTTP', '/graphql x HTTP')],
    ['another version', request([length], body).replace('HTTP/1.1', 'HTTP/3.7')],
    ['a method nobody knows', request([length], body).replace('POST', 'STEAL')],
    ['two hosts', request(['host: b', length], body)],
    ['no host', request([length], body).replace('host: a\r\n', '')],
    ['two types of the body', request(['content-type: text/plain', length], body)],
    ['two origins', request(['origin: http://a', 'origin: https://evil.example', length], body)],
    ['two idempotency keys', request(['idempotency-key: a', 'Idempotency-Key: b', length], body)],
    ['a chunk longer than it says', request(['transfer-encoding: chunked'], `5\r\n${body}\r\n0\r\n\r\n`)],
    ['a chunk of no number', request(['transfer-encoding: chunked'], `zz\r\n${body}\r\n0\r\n\r\n`)],
    ['a chunk of a negative number', request(['transfer-encoding: chunked'], `-1\r\n${body}\r\n0\r\n\r\n`)],
    ['a chunk of too large a number', request(['transfer-encoding: chunked'], `${'f'.repeat(17)}\r\n${body}`)],
  ]
  it.each(shapes)(
    '(%s) is refused with 400 and the connection closed, and what follows is not read',
    async (_what, bytes) => {
      const answers = await exchange(world.url, bytes + postOf(products))
      expect(outcomesIn(answers)).toEqual(['400 BAD_REQUEST'])
      expect(answers).toMatch(/\r\nconnection: close\r\n/i)
      expect(world.statements).toEqual([])
    },
  )

  it('is refused in the usual form, with a request id that is in the log', async () => {
    const answer = await exchange(world.url, 'GARBAGE\r\n\r\n')
    const [, requestId] = /"requestId":"([\da-f-]{36})"/.exec(answer) ?? []
    expect(answer).toContain(`\r\nx-request-id: ${requestId}\r\n`)
    expect(answer).toContain('\r\ncontent-type: application/json; charset=utf-8\r\n')
    expect(answer).toContain('\r\nx-content-type-options: nosniff\r\n')
    expect(world.logLines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ msg: 'refused', requestId, errors: ['BAD_REQUEST'] }),
    ])
  })

  it('is not answered with the response to the request before it', async () => {
    await using lock = await Lock.on('commerce.md_product', world)
    const wire = await Wire.open(world.url)
    await wire.flush(postOf(products))
    await lock.waitedForBy(1)
    wire.send('GARBAGE\r\n\r\n')
    expect(await wire.closed).toBe('')
  })

  it('does not block other requests', async () => {
    await Promise.all(shapes.map(([, bytes]) => exchange(world.url, bytes)))
    expect(outcome(await call(world.url, { headers: json, body }))).toBe('200')
  })
})

describe('a request to switch protocols', () => {
  it('is followed for a WebSocket alone', async () => {
    const upgrade = ['connection: upgrade, close', 'upgrade: websocket', 'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==']
    expect(outcomesIn(await exchange(world.url, postOf(viewer, upgrade)))).toEqual(['200'])
    const h2c = [
      'connection: upgrade, http2-settings, close',
      'upgrade: h2c',
      'http2-settings: AAMAAABkAAQAoAAAAAIAAAAA',
    ]
    expect(outcomesIn(await exchange(world.url, postOf(viewer, h2c)))).toEqual(['200'])
    expect(await exchange(world.url, 'CONNECT evil.example:443 HTTP/1.1\r\nhost: evil.example:443\r\n\r\n')).toBe('')
    expect(outcomesIn(await exchange(world.url, postOf(viewer, ['expect: a-miracle', 'connection: close'])))).toEqual([
      '200',
    ])
  })
})

describe('too much', () => {
  it('of one header is refused with 431', async () => {
    const answer = await exchange(world.url, postOf(viewer, [`x-a: ${'a'.repeat(20_000)}`]))
    expect(outcomesIn(answer)).toEqual(['431 HEADERS_TOO_LARGE'])
  })

  it('of many headers is refused with 431, and no header is silently dropped', async () => {
    const lines = (count: number) => Array.from({ length: count }, (_, index) => `x-${index}: a`)
    const asAdmin = `authorization: Bearer ${await world.tokenFor('admin')}`
    // `postOf` writes three header lines, and these are two more.
    const most = await exchange(world.url, postOf(viewer, [...lines(95), asAdmin, 'connection: close']))
    expect(most).toContain('"kind":"STAFF"')
    const answer = await exchange(world.url, postOf(viewer, [...lines(96), asAdmin, 'connection: close']))
    expect(outcomesIn(answer)).toEqual(['431 HEADERS_TOO_LARGE'])
  })

  it('of a URL is refused with 414, at one byte above the limit', async () => {
    const path = (size: number) => `/graphql?query={__typename}&x=`.padEnd(size, 'a')
    expect(outcome(await call(world.url, { method: 'GET', path: path(8192) }))).toBe('200')
    expect(outcome(await call(world.url, { method: 'GET', path: path(8193) }))).toBe('414 URI_TOO_LONG')
  })

  it('of a body that never ends is refused with 413 at the limit, and not read further', async () => {
    const wire = await Wire.open(world.url)
    const refused = wire.send(request(['transfer-encoding: chunked'], '')).closed
    const chunk = `${(1000).toString(16)}\r\n${'a'.repeat(1000)}\r\n`
    for (let sent = 0; sent < 11; sent++) wire.send(chunk)
    expect(outcomesIn(await refused)).toEqual(['413 PAYLOAD_TOO_LARGE'])
  })

  it('of an announced body is refused with 413 before it arrives', async () => {
    expect(outcomesIn(await exchange(world.url, request(['content-length: 10001'], '')))).toEqual([
      '413 PAYLOAD_TOO_LARGE',
    ])
  })

  it('of a chunk’s extensions is refused with 413', async () => {
    const answer = await exchange(world.url, request(['transfer-encoding: chunked'], `1;${'a'.repeat(20_000)}`))
    expect(outcomesIn(answer)).toEqual(['413 PAYLOAD_TOO_LARGE'])
  })

  it('pipelining over one connection is refused with 503 after sixteen requests, and the rest never runs', async () => {
    const lock = await Lock.on('commerce.md_product', world)
    const wire = await Wire.open(world.url)
    wire.send(postOf(products).repeat(100))
    await lock.waitedForBy(16)
    await lock.release()
    const outcomes = outcomesIn(await wire.closed)
    expect(outcomes).toEqual([...Array.from({ length: 16 }, () => '200'), '503 UNAVAILABLE'])
    expect(world.statements).toHaveLength(16)
  })
})

describe('a header', () => {
  const forgeries = [
    'a\r\nx-forged: 1',
    'a\n{"level":60,"msg":"forged"}',
    'a","msg":"forged',
    'a\u2028forged',
    '\u001b[31mforged',
  ]
  const placed = ['x-request-id', 'graphql-client-name', 'apollographql-client-name', 'graphql-client-version']

  it.each(placed)('%s puts nothing into a response or a log line', async (name) => {
    for (const value of forgeries) {
      const answer = await exchange(world.url, postOf(viewer, [`${name}: ${value}`, 'connection: close']))
      expect(outcomesIn(answer)).toHaveLength(1)
      expect(answer).not.toMatch(/forged/)
    }
    expect(world.logLines.length).toBe(forgeries.length)
    expect(world.logLines.join('')).not.toContain('forged')
    for (const line of world.logLines) expect(line.split('\n')).toEqual([expect.stringMatching(/^\{.*\}$/), ''])
  })

  it('with a client name is logged where the name is a plain word of at most 64 characters', async () => {
    const names = ['web', '@shop/app', 'iOS (17.2)', 'a'.repeat(64)]
    for (const name of [...names, 'a'.repeat(65), '', ' ', '"a"', '<b>']) {
      await call(world.url, { headers: { ...json, 'graphql-client-name': name }, body: JSON.stringify(viewer) })
    }
    const logged = world.logLines.map((line) => JSON.parse(line).client)
    expect(logged).toEqual([...names, undefined, undefined, undefined, undefined, undefined])
  })
})

describe('a slow client', () => {
  const timeouts = { HEADERS_TIMEOUT_MS: '100', REQUEST_TIMEOUT_MS: '200', IDLE_TIMEOUT_MS: '300' }
  let impatient: World
  beforeAll(async () => {
    impatient = await createWorld({ env: { ...timeouts, KEEP_ALIVE_TIMEOUT_MS: '100' } })
  })
  afterAll(() => impatient.close())

  const slow: [what: string, bytes: string][] = [
    ['nothing at all', ''],
    ['half a request line', 'POST /gra'],
    ['half its headers', 'POST /graphql HTTP/1.1\r\nhost: a\r\nx-a: '],
    ['no body', request([length], '')],
    ['half a body', request([length], body.slice(0, 9))],
    ['half a chunk', request(['transfer-encoding: chunked'], 'ff\r\n{')],
    ['no last chunk', request(['transfer-encoding: chunked'], chunked(body).slice(0, -5))],
  ]
  it.concurrent.each(slow)('that sends %s is cut off with 408', async (_what, bytes) => {
    const answer = await exchange(impatient.url, bytes)
    expect(outcomesIn(answer)).toEqual(['408 REQUEST_TIMEOUT'])
    expect(answer).toMatch(/\r\nconnection: close\r\n/i)
    expect(impatient.statements).toEqual([])
  })

  it('that sends one byte at a time is cut off too', async () => {
    const wire = await Wire.open(impatient.url)
    const closed = wire.send(request(['content-length: 200000'], '')).closed
    let over = false
    const drip = (async () => {
      while (!over) {
        await wire.flush(' ')
        await new Promise(setImmediate)
      }
    })()
    const answer = await closed
    over = true
    await Promise.race([drip, closed])
    expect(outcomesIn(answer)).toEqual(['408 REQUEST_TIMEOUT'])
  })

  it('that reads nothing of its response is cut off', async () => {
    const page = 'GET /graphql HTTP/1.1\r\nhost: a\r\naccept: text/html\r\nx-request-id: slow-reader\r\n\r\n'
    // On a server with long timeouts: nine megabytes take their time on a busy machine.
    const whole = await call(world.url, { method: 'GET', headers: { accept: 'text/html' } })
    const wire = await Wire.open(impatient.url)
    wire.stopReading().send(page.repeat(3))
    while (!impatient.logLines.some((line) => /"slow-reader".*cut off/.test(line))) await new Promise(setImmediate)
    expect((await wire.readOn().closed).length).toBeLessThan(3 * whole.text.length)
  })

  it('that sends no further request is disconnected, and one that waits for a response is not', async () => {
    const lock = await Lock.on('commerce.md_product', impatient)
    const wire = await Wire.open(impatient.url)
    wire.send(postOf(products))
    await lock.waitedForBy(1)
    // Longer than the idle timeout of the other connection.
    expect(outcomesIn(await exchange(impatient.url, postOf(viewer)))).toEqual(['200'])
    await lock.release()
    await wire.receives('"totalCount":77')
    wire.destroy()
  })
})

describe('too many connections', () => {
  it('are closed without a response, until others end', async () => {
    await using small = await createWorld({ data: 'empty', env: { MAX_CONNECTIONS: '2', METRICS_PORT: '0' } })
    const [one, two] = [await Wire.open(small.url), await Wire.open(small.url)]
    one.send('GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n')
    two.send('GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n')
    await Promise.all([one.receives('ok'), two.receives('ok')])
    expect(await exchange(small.url, postOf(viewer))).toBe('')
    const metrics = await fetch(`${small.metricsUrl}/metrics`)
    expect(await metrics.text()).toContain('\nfrontdoor_dropped_connections_total 1\n')

    one.send('GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
    await one.closed
    expect(outcomesIn(await exchange(small.url, postOf(viewer, ['connection: close'])))).toEqual(['200'])
    two.destroy()
  })
})
