import http from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createWorld, type World } from '../../support/world.ts'
import { type Call, call, json, outcome } from '../support/call.ts'
import { Lock } from '../support/lock.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const uuid = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/
const logLine = z.looseObject({ level: z.number(), msg: z.string(), requestId: z.string().optional() })
const body = JSON.stringify({ query: '{ viewer { kind } }' })

describe('the request id', () => {
  it.each(['a', 'abc-DEF_1.2:3', '0'.repeat(128), crypto.randomUUID()])('%s is used as sent', async (id) => {
    const reply = await call(world.url, { headers: { ...json, 'x-request-id': id }, body })
    expect(reply.headers['x-request-id']).toBe(id)
  })

  const bad = ['', ' ', 'a b', '<script>', '"a"', 'a,b', 'a\tb', 'ä', '{"a":1}', '0'.repeat(129), ['a', 'b']]
  it.each([undefined, ...bad])('%j is replaced by a new one', async (id) => {
    const reply = await call(world.url, {
      headers: { ...json, ...(id === undefined ? {} : { 'x-request-id': id }) },
      body,
    })
    expect(reply.headers['x-request-id']).toMatch(uuid)
  })

  const answers: [what: string, request: Call, status: number][] = [
    ['an answer', { headers: json, body }, 200],
    ['GraphiQL', { method: 'GET', headers: { accept: 'text/html' } }, 200],
    ['a health check', { method: 'GET', path: '/readyz' }, 200],
    ['a preflight', { method: 'OPTIONS' }, 204],
    ['a refusal', { headers: {}, body }, 415],
    ['a wrong path', { path: '/', headers: json, body }, 404],
    ['a body that is none', { headers: json, body: '{' }, 400],
    ['a token that is none', { headers: { ...json, authorization: 'x' }, body }, 401],
  ]
  it.each(answers)('comes back with %s', async (_what, request, status) => {
    const reply = await call(world.url, { ...request, headers: { ...request.headers, 'x-request-id': 'mine' } })
    expect(reply.status).toBe(status)
    expect(reply.headers['x-request-id']).toBe('mine')
    if (reply.text.startsWith('{"errors"')) expect(reply.text).toContain('"requestId":"mine"')
  })

  it('is separate for requests that run at the same time', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `request-${index}`)
    const query = JSON.stringify({ query: '{ products { totalCount } orders { totalCount } }' })
    const replies = await Promise.all(
      ids.map((id) => call(world.url, { headers: { ...json, 'x-request-id': id }, body: query })),
    )
    for (const [index, reply] of replies.entries()) {
      expect(outcome(reply)).toBe('200 UNAUTHENTICATED')
      expect(reply.headers['x-request-id']).toBe(ids[index])
      expect(reply.text).toContain(`"requestId":"${ids[index]}"`)
    }
  })
})

describe('a client that leaves', () => {
  it('before its body is complete causes no error', async () => {
    const request = http.request(`${world.url}/graphql`, {
      method: 'POST',
      headers: { ...json, 'content-length': 1000, 'x-request-id': 'left-early' },
    })
    const gone = new Promise((done) => request.on('error', done))
    await new Promise<void>((done) => request.write('{"query":', () => done()))
    // The next request is served after this one has begun.
    await call(world.url, { headers: json, body })
    request.destroy()
    await gone
    await logged('left-early')
    expect(linesOf('left-early')).toEqual([
      expect.objectContaining({ level: 30, msg: expect.stringContaining('left') }),
    ])
  })

  it('before its response comes causes no error, and the next one is served', async () => {
    await using lock = await Lock.on('commerce.md_product', world)
    const request = http.request(`${world.url}/graphql`, {
      method: 'POST',
      headers: { ...json, 'x-request-id': 'left-late' },
    })
    const gone = new Promise((done) => request.on('error', done))
    request.end(JSON.stringify({ query: '{ products { totalCount } }' }))
    await lock.waitedForBy(1)
    request.destroy()
    await gone
    await lock.release()
    expect((await world.as('anonymous').query('{ products { totalCount } }')).errors).toBeUndefined()
    expect(linesOf('left-late').filter(({ level }) => level > 30)).toEqual([])
  })
})

function linesOf(requestId: string) {
  const lines = world.logLines.map((line) => logLine.parse(JSON.parse(line)))
  return lines.filter((line) => line.requestId === requestId)
}

/** Resolves once the log has a line of this request. */
async function logged(requestId: string): Promise<void> {
  while (linesOf(requestId).length === 0) await new Promise(setImmediate)
}
