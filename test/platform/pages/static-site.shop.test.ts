import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exchange } from '../../attack/support/wire.ts'
import { createWorld, type World } from '../../support/world.ts'
import { call, json, messages, outcome } from '../support/call.ts'
import { beside, index, MadeSite, script } from '../support/made-site.shop.ts'
import { production } from '../support/production.ts'

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
const asset = '/shop/assets/index-B1a2c3d4.js'

let site: MadeSite
let world: World
beforeAll(async () => {
  site = await MadeSite.make()
  world = await createWorld({ data: 'empty', site: { folder: site.folder } })
})
afterAll(async () => {
  await world.close()
  await site[Symbol.asyncDispose]()
})

const get = (path: string, headers: Record<string, string> = {}, { url } = world) =>
  call(url, { method: 'GET', path, headers })

describe('a built site', () => {
  it('is below its path, which redirects without its slash', async () => {
    const { status, headers, text } = await get('/shop')
    expect([status, headers.location, text]).toEqual([308, '/shop/', ''])
    expect(await get('/shop/')).toMatchObject({ status: 200, text: index })
    expect(await get('/shop/?q=tea')).toMatchObject({ status: 200, text: index })
    expect(outcome(await get('/shopping'))).toBe('404 NOT_FOUND')
    expect(outcome(await get('/Shop/'))).toBe('404 NOT_FOUND')
  })

  it('gets its index for every path of its own, and 404 for a missing file', async () => {
    for (const path of [
      '/shop/orders/order_01h455vb4pex5vsknk084sn02q',
      '/shop/assets/',
      '/shop/a%20b',
      '/shop/%C3%A9',
    ]) {
      expect(await get(path)).toMatchObject({ status: 200, text: index })
    }
    for (const path of ['/shop/assets/index-00000000.js', '/shop/robots.txt', '/shop/a/b.html']) {
      const reply = await get(path)
      expect([path, outcome(reply)]).toEqual([path, '404 NOT_FOUND'])
      expect(reply.headers['cache-control']).toBe('no-store')
    }
  })

  it('is not slowed down by a path that is expensive to match', async () => {
    expect(outcome(await get(`/shop/${'a.a'.repeat(1000)}!`))).toBe('404 NOT_FOUND')
    expect(await get(`/shop/${'a'.repeat(5000)}!`)).toMatchObject({ status: 200, text: index })
  })

  it('caches files with a hash in the name for a year, and revalidates others', async () => {
    const kept = await get(asset)
    expect(kept).toMatchObject({ status: 200, text: script })
    expect(kept.headers['content-type']).toBe('text/javascript')
    expect(kept.headers['cache-control']).toBe('public, max-age=31536000, immutable')
    for (const path of ['/shop/', '/shop/orders', '/shop/assets/', '/shop/favicon.svg']) {
      expect([path, (await get(path)).headers['cache-control']]).toEqual([path, 'no-cache'])
    }
    const { etag = '' } = (await get('/shop/')).headers
    const unchanged = await get('/shop/', { 'if-none-match': etag })
    expect([unchanged.status, unchanged.text, unchanged.headers['cache-control']]).toEqual([304, '', 'no-cache'])
  })

  it('is compressed where the build did that and the client accepts it', async () => {
    const answer = await fetch(`${world.url}${asset}`, { headers: { 'accept-encoding': 'gzip' } })
    expect([answer.headers.get('content-encoding'), answer.headers.get('vary')]).toEqual(['gzip', 'Accept-Encoding'])
    expect(answer.headers.get('content-type')).toBe('text/javascript')
    expect(await answer.text()).toBe(script)
    const head = await exchange(
      world.url,
      `HEAD ${asset} HTTP/1.1\r\nhost: a\r\naccept-encoding: gzip\r\nconnection: close\r\n\r\n`,
    )
    expect(head).toMatch(/^HTTP\/1\.1 200 [\s\S]*\r\ncontent-encoding: gzip\r\n[\s\S]*\r\n\r\n$/i)
  })

  it('runs its own scripts only, in no frame, as each file’s headers say', async () => {
    for (const path of ['/shop/', '/shop/orders', asset]) {
      const { headers } = await get(path)
      expect(headers).toMatchObject({
        'content-security-policy': policy,
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
      })
      expect(headers['access-control-allow-origin']).toBeUndefined()
    }
  })

  it('allows reads only', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const reply = await call(world.url, { method, path: '/shop/', headers: json, body: '{}' })
      expect([method, outcome(reply), reply.headers.allow]).toEqual([method, '405 METHOD_NOT_ALLOWED', 'GET, HEAD'])
    }
    expect(await call(world.url, { method: 'HEAD', path: '/shop/' })).toMatchObject({ status: 200, text: '' })
  })

  it('ignores ranges', async () => {
    for (const range of ['bytes=0-3', 'bytes=9-1', 'bytes=-5', 'bytes=99999-', 'lines=1', 'bytes=a-b']) {
      expect([range, (await get(asset, { range })).text]).toEqual([range, script])
    }
  })

  it('ends a response that it cannot continue, and goes on', async () => {
    await using gone = await MadeSite.make()
    await using strict = await createWorld({
      data: 'empty',
      site: { folder: gone.folder },
      env: { ...production, SITE: 'true' },
    })
    expect(await get('/shop/', {}, strict)).toMatchObject({ status: 200 })
    await gone.remove('assets/index-B1a2c3d4.js')
    await expect(get(asset, {}, strict)).rejects.toThrow('socket hang up')
    expect(await get('/shop/', {}, strict)).toMatchObject({ status: 200, text: index })
  })
})

describe('a request for other files than the site’s', () => {
  it.each([
    '/shop/../beside.txt',
    '/shop/../site-not/beside.txt',
    '/shop/..',
    '/shop/./index.html',
    '/shop/assets/../../beside.txt',
    '/shop/%2e%2e/beside.txt',
    '/shop/%2E%2E%2Fbeside.txt',
    '/shop/..%2fbeside.txt',
    '/shop/..%5cbeside.txt',
    '/shop/..\\beside.txt',
    '/shop/%252e%252e/beside.txt',
    '/shop/%c0%ae%c0%ae/beside.txt',
    '/shop//etc/passwd',
    '/shop///beside.txt',
    '/shop/assets%2findex-B1a2c3d4.js',
    '/shop/index.html%00',
    '/shop/%00',
    '/shop/beside.txt%00.html',
    '/shop/a%0d%0aset-cookie:b',
    '/shop/.env',
    '/shop/%2eenv',
    '/shop/.hidden/beside.txt',
    '/shop/.hidden',
    '/shop/.well-known/x',
    '/shop/%',
    '/shop/%zz',
  ])('%s gets 404 in the usual form', async (path) => {
    const answer = await exchange(world.url, `GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 404 /)
    expect(answer).toContain('"code":"NOT_FOUND"')
    expect(answer).not.toContain(beside)
    expect(answer).not.toContain(site.folder)
  })
})

describe('a site that is not built', () => {
  it('names the build command to people in development, and in an error to programs; once built, it is served', async () => {
    await using later = await MadeSite.make()
    await later.remove('index.html')
    await using bare = await createWorld({ data: 'empty', site: { folder: later.folder } })
    const page = await get('/shop/', { accept: 'text/html' }, bare)
    expect(page.status).toBe(404)
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'nonce-/)
    expect(page.text).toContain('<pre>npm run storefront</pre>')
    const reply = await get('/shop', { accept: '*/*' }, bare)
    expect([outcome(reply), ...messages(reply)]).toEqual(['404 NOT_FOUND', 'Shop is not built yet: npm run storefront'])
    const start = await get('/', { accept: 'text/html' }, bare)
    expect(start.text).toContain('Not built yet: <code>npm run storefront</code>')

    await later.write('index.html', index)
    expect(await get('/shop/', {}, bare)).toMatchObject({ status: 200, text: index })
    await later.write('assets/next-00000001.js', script)
    expect(await get('/shop/assets/next-00000001.js', {}, bare)).toMatchObject({ status: 200, text: script })
  })

  it('is not mentioned in production', async () => {
    await using later = await MadeSite.make()
    await later.remove('index.html')
    const env = { ...production, SITE: 'true', LANDING_PAGE: 'true' }
    await using bare = await createWorld({ data: 'empty', site: { folder: later.folder }, env })
    const reply = await get('/shop/', { accept: 'text/html' }, bare)
    expect([outcome(reply), ...messages(reply)]).toEqual([
      '404 NOT_FOUND',
      'There is nothing here; the API is at /graphql.',
    ])
    expect((await get('/', { accept: 'text/html' }, bare)).text).not.toContain('storefront')
  })
})

describe('the setting SITE', () => {
  it('is off in production, and where it is set to false', async () => {
    for (const env of [production, { SITE: 'false' }]) {
      await using off = await createWorld({ data: 'empty', site: { folder: site.folder }, env })
      for (const path of ['/shop', '/shop/', asset]) {
        expect(outcome(await get(path, { accept: 'text/html' }, off))).toBe('404 NOT_FOUND')
      }
      expect((await get('/', { accept: 'text/html' }, off)).text).not.toContain('/shop')
    }
  })
})

describe('/demo-viewers', () => {
  it('has the demo viewers with a token each, for pages of this origin', async () => {
    const reply = await get('/demo-viewers', { 'sec-fetch-site': 'same-origin' })
    expect(reply.status).toBe(200)
    expect(reply.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
    })
    expect(reply.headers['access-control-allow-origin']).toBeUndefined()
    const token = expect.stringMatching(/^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+$/)
    expect(JSON.parse(reply.text)).toEqual(
      ['admin', 'support', 'warehouse', 'analyst', 'auditor', 'customer ALFKI', 'customer BONAP'].map((name) => ({
        name,
        label: expect.stringContaining(`${name}: `),
        token,
      })),
    )
  })

  it.each([
    ['cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['same-site', { 'sec-fetch-site': 'same-site' }],
    ['of another origin', { origin: 'http://evil.example' }],
    ['of no origin', { origin: 'null' }],
  ])('refuses a page that is %s', async (_what, headers) => {
    const reply = await get('/demo-viewers', headers)
    expect(outcome(reply)).toBe('403 ORIGIN_NOT_ALLOWED')
    expect(reply.headers['access-control-allow-origin']).toBeUndefined()
  })

  it('is served at loopback names only', async () => {
    for (const host of ['evil.example', 'localhost.evil.example', '0.0.0.0']) {
      expect([host, outcome(await get('/demo-viewers', { host }))]).toEqual([host, '404 NOT_FOUND'])
    }
    expect((await get('/demo-viewers', { host: 'localhost' })).status).toBe(200)
  })

  it('is read-only, and absent where tokens come from elsewhere', async () => {
    expect(outcome(await call(world.url, { path: '/demo-viewers', headers: json, body: '{}' }))).toBe('404 NOT_FOUND')
    const env = { AUTH_JWKS_URL: 'http://127.0.0.1:9/jwks', AUTH_ISSUER: 'i', AUTH_AUDIENCE: 'a' }
    await using elsewhere = await createWorld({ data: 'empty', env })
    expect(outcome(await get('/demo-viewers', {}, elsewhere))).toBe('404 NOT_FOUND')
  })
})
