import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exchange } from '../../attack/support/wire.ts'
import { createWorld, type World } from '../../support/world.ts'
import { type Call, call, json } from '../support/call.ts'

let world: World
beforeAll(async () => {
  world = await createWorld({ env: { METRICS_PORT: '0' } })
})
afterAll(() => world.close())

const body = JSON.stringify({ query: '{ products { totalCount } }' })
const expected = {
  'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'permissions-policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), usb=()',
  'cache-control': 'no-store',
}
const answers: [what: string, request: Call, status: number][] = [
  ['an answer', { headers: json, body }, 200],
  ['an answer to GET', { method: 'GET', path: '/graphql?query={__typename}' }, 200],
  ['a health check', { method: 'GET', path: '/healthz' }, 200],
  ['a preflight', { method: 'OPTIONS' }, 204],
  ['a wrong path', { method: 'GET', path: '/' }, 404],
  ['a wrong method', { method: 'DELETE' }, 405],
  ['a wrong type', { headers: {}, body }, 415],
  ['a token that is none', { headers: { ...json, authorization: 'x' }, body }, 401],
  ['no GraphQL request', { headers: json, body: '{' }, 400],
  ['a host that is none', { headers: { ...json, host: 'a/b' }, body }, 400],
]

describe('every response has the security headers', () => {
  it.each(answers)('%s', async (_what, request, status) => {
    const reply = await call(world.url, request)
    expect(reply.status).toBe(status)
    expect(reply.headers).toMatchObject(expected)
  })

  it.each(answers)('%s, and does not name the server’s software', async (_what, request) => {
    const { headers } = await call(world.url, request)
    expect(Object.keys(headers)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(server|via|x-powered.*)$/)]),
    )
    expect(JSON.stringify(headers)).not.toMatch(/yoga|node|express/i)
  })

  it('also to bytes that are no HTTP', async () => {
    const answer = await exchange(world.url, 'GARBAGE\r\n\r\n')
    for (const [name, value] of Object.entries(expected)) expect(answer).toContain(`\r\n${name}: ${value}\r\n`)
  })

  it('also of the metrics', async () => {
    const reply = await call(world.metricsUrl ?? '', { method: 'GET', path: '/metrics' })
    expect(reply.headers).toMatchObject(expected)
  })
})

describe('GraphiQL', () => {
  const open = () => call(world.url, { method: 'GET', headers: { accept: 'text/html' } })
  const policyOf = async () => {
    const { headers, text } = await open()
    return { policy: String(headers['content-security-policy']), headers, text }
  }

  it('runs its own scripts only, each time under a new nonce', async () => {
    const { policy, headers, text } = await policyOf()
    const [, nonce] = /script-src 'nonce-([\w+/=]{24})';/.exec(policy) ?? []
    const scripts = [...text.matchAll(/<script\b([^>]*)>[\s\S]*?<\/script>/g)].map(([, attributes]) => attributes)
    expect(scripts).toEqual([` nonce="${nonce}"`, ` nonce="${nonce}"`])
    expect(policy).not.toMatch(/script-src[^;]*unsafe/)
    expect((await policyOf()).policy).not.toBe(policy)
    const { 'content-security-policy': _api, ...others } = expected
    expect(headers).toMatchObject(others)
  })

  it('sends nothing elsewhere, is in no frame, and loads nothing else', async () => {
    const { policy } = await policyOf()
    for (const directive of [
      "default-src 'none'",
      "connect-src 'self'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ])
      expect(policy.split('; ')).toContain(directive)
    expect(policy).not.toMatch(/https?:|\*/)
  })
})
