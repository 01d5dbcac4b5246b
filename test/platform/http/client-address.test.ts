import http from 'node:http'
import { afterAll, describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/platform/config/config.ts'
import { senderReader } from '../../../src/platform/http/client-address.ts'
import { createWorld } from '../../support/world.ts'
import { call } from '../support/call.ts'

const servers: http.Server[] = []
afterAll(() => Promise.all(servers.map((server) => new Promise((done) => server.close(done)))))

/** A server that reports the address of its client, behind these proxies. */
async function listening(trustProxy: string, host = '127.0.0.1'): Promise<string> {
  const senderOf = senderReader(parseConfig({ TRUST_PROXY: trustProxy }).transport.trustProxy)
  const server = http.createServer((request, response) => void response.end(JSON.stringify(senderOf(request))))
  servers.push(server)
  await new Promise<void>((done) => server.listen(0, host, done))
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

async function senderAt(url: string, headers: http.OutgoingHttpHeaders) {
  return JSON.parse((await call(url, { method: 'GET', headers: { connection: 'close', ...headers } })).text)
}

describe('the address of a client', () => {
  const cases: [trustProxy: string, forwardedFor: string | string[] | undefined, address: string][] = [
    ['false', undefined, '127.0.0.1'],
    ['false', '203.0.113.7', '127.0.0.1'],
    ['10.0.0.0/8', '203.0.113.7', '127.0.0.1'],
    ['127.0.0.1', undefined, '127.0.0.1'],
    ['127.0.0.1', '203.0.113.7', '203.0.113.7'],
    ['loopback', '203.0.113.7', '203.0.113.7'],
    ['127.0.0.0/8', '6.6.6.6, 203.0.113.7', '203.0.113.7'],
    ['127.0.0.0/8, 10.0.0.0/8', '6.6.6.6, 203.0.113.7, 10.1.2.3', '203.0.113.7'],
    ['127.0.0.0/8, 10.0.0.0/8', '10.9.9.9, 10.1.2.3', '10.9.9.9'],
    ['127.0.0.1', '2001:db8::7', '2001:db8::7'],
    ['127.0.0.1', '::ffff:203.0.113.7', '203.0.113.7'],
    ['127.0.0.1', '203.0.113.7:51234', '203.0.113.7'],
    ['127.0.0.1', '[2001:db8::7]:51234', '2001:db8::7'],
    ['127.0.0.1, 10.0.0.1', '203.0.113.7, 10.0.0.1:51234', '203.0.113.7'],
    ['1', '6.6.6.6, 203.0.113.7', '203.0.113.7'],
    ['2', '6.6.6.6, 203.0.113.7, 10.1.2.3', '203.0.113.7'],
    ['2', '203.0.113.7', '203.0.113.7'],
    ['2', ['6.6.6.6', '203.0.113.7', '10.1.2.3'], '203.0.113.7'],
  ]
  it.each(cases)('with TRUST_PROXY=%s and X-Forwarded-For %j is %s', async (trustProxy, forwardedFor, address) => {
    const url = await listening(trustProxy)
    const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor }
    expect((await senderAt(url, headers)).address).toBe(address)
  })

  it('is that of the proxy where it passes on no address', async () => {
    const url = await listening('1')
    for (const made of [
      'unknown',
      '<script>',
      '1',
      '127.1',
      '0x7f.0.0.1',
      '999.1.1.1',
      'a'.repeat(5000),
      ',',
      '1.2.3.4 5',
    ]) {
      expect((await senderAt(url, { 'x-forwarded-for': made })).address).toBe('127.0.0.1')
    }
  })

  it('is not read from other headers, which a client may write', async () => {
    const url = await listening('127.0.0.1')
    const made = {
      forwarded: 'for=6.6.6.6',
      'x-real-ip': '6.6.6.6',
      'true-client-ip': '6.6.6.6',
      'cf-connecting-ip': '6.6.6.6',
    }
    expect((await senderAt(url, made)).address).toBe('127.0.0.1')
  })

  it('is IPv4 also on a dual-stack socket', async () => {
    const url = await listening('false', '::').catch(() => listening('false'))
    expect((await senderAt(url, {})).address).toBe('127.0.0.1')
  })
})

describe('HTTPS', () => {
  const hsts = 'strict-transport-security'
  const ask = (url: string, proto?: string) =>
    call(url, { method: 'GET', path: '/healthz', headers: proto === undefined ? {} : { 'x-forwarded-proto': proto } })

  it('is announced to browsers where a trusted proxy reports it', async () => {
    await using world = await createWorld({ data: 'empty', env: { TRUST_PROXY: 'loopback' } })
    expect((await ask(world.url, 'https')).headers[hsts]).toBe('max-age=31536000')
    expect((await ask(world.url, 'https, http')).headers[hsts]).toBe('max-age=31536000')
    for (const proto of [undefined, 'http', 'http, https', 'httpsx']) {
      expect((await ask(world.url, proto)).headers[hsts]).toBeUndefined()
    }
  })

  it('is always announced with HSTS=true, and never because a client says so', async () => {
    await using always = await createWorld({ data: 'empty', env: { HSTS: 'true' } })
    expect((await ask(always.url)).headers[hsts]).toBe('max-age=31536000')
    await using never = await createWorld({ data: 'empty' })
    expect((await ask(never.url, 'https')).headers[hsts]).toBeUndefined()
  })
})
